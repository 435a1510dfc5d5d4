import { WASI } from "./wasi.ts";

/**
 * The interfaces that every guest may import, without versions, in order: each is provided for all of 0.2.x.
 * `createImports` has exactly these keys.
 */
export const PROVIDED_INTERFACES: readonly string[] = [...WASI.keys()].toSorted();

/** Those of a component's `imports` that the host does not have, as the component names them and in its order. */
export function missingImports(imports: readonly string[]): string[] {
  return imports.filter((name) => !isProvided(name));
}

/** Says of one missing import, as a sentence without a full stop, what the host has instead. */
export function describeMissing(name: string): string {
  const { path, version } = parseName(name);
  if (PROVIDED.has(path)) {
    const asked = version === undefined ? "without a version" : `in version ${version}`;
    return `The component imports ${path} ${asked}, the host has it in 0.2.x only`;
  }
  const namespace = path.slice(0, path.indexOf("/") + 1);
  const isKnownPackage = PROVIDED_INTERFACES.some((known) => known.startsWith(namespace));
  return isKnownPackage && namespace !== ""
    ? `The component imports ${name}, an interface of ${namespace.slice(0, -1)} that the host does not have`
    : `The component imports ${name}, which the host does not have`;
}

const PROVIDED: ReadonlySet<string> = new Set(PROVIDED_INTERFACES);
/** Releases only: drafts and release candidates of 0.2 differ from what became 0.2. */
const VERSION = /^0\.2\.(0|[1-9]\d*)$/;

function isProvided(name: string): boolean {
  const { path, version } = parseName(name);
  return PROVIDED.has(path) && version !== undefined && VERSION.test(version);
}

/** `wasi:io/poll@0.2.12` is the path `wasi:io/poll` in version `0.2.12`. */
function parseName(name: string): { readonly path: string; readonly version: string | undefined } {
  const at = name.indexOf("@");
  return at === -1
    ? { path: name, version: undefined }
    : { path: name.slice(0, at), version: name.slice(at + 1) };
}
