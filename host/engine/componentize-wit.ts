import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { ComponentizeError } from "./componentize-error.ts";

/** The version of WASI that guests are written against. */
const WASI_VERSION = "0.2.12";

/** As long as `WASI_VERSION`, and not the version that the engine itself imports. */
const ENGINE_WASI_VERSION = "0.2.10";

/** A project's WIT with everything that it refers to. */
export interface Wit {
  /** Texts by path below the WIT folder, with `/`; `deps/` holds WASI and the project's own dependencies. */
  readonly files: ReadonlyMap<string, string>;
  /** Names of the worlds of the project's own package, in the order of the files. */
  readonly worlds: readonly string[];
}

/**
 * Reads `wit/` of a project and adds the packages of WASI, so that a project needs no copies of them.
 * Copies that it has nevertheless are left out.
 *
 * @throws ComponentizeError `wit-invalid` where there is no WIT or it names another version of WASI.
 */
export async function readWit(projectDir: string): Promise<Wit> {
  const root = join(projectDir, "wit");
  const files = new Map<string, string>();
  for (const path of await witFiles(root)) {
    const name = relative(root, path).replaceAll("\\", "/");
    const text = await readFile(path, "utf8");
    if (/^\s*package\s+wasi:/mu.test(withoutComments(text))) continue;
    checkVersions(`wit/${name}`, text);
    files.set(name, text);
  }
  const own = [...files].filter(([name]) => !name.startsWith("deps/"));
  if (own.length === 0) {
    throw new ComponentizeError(
      "wit-invalid",
      `Cannot read the WIT of ${projectDir}: wit/ is empty`,
    );
  }
  const worlds = own.flatMap(([, text]) => worldNames(text));
  for (const [name, text] of await wasiPackages()) files.set(name, text);
  return { files, worlds };
}

/** Writes the WIT as it is. */
export async function writeWit(wit: Wit, directory: string): Promise<void> {
  for (const [name, text] of wit.files) await writeText(join(directory, name), text);
}

/**
 * Writes the WIT as QuickJS can be linked with it, and returns the name of the world to build.
 * The builder's linker takes every `wasi:` import for the engine's own, which breaks worlds with `wasi:http`:
 * the guest's are renamed here, in `toEngineName`, and back in `restoreNames`.
 * The world to build is the guest's with what the prelude's console needs.
 */
export async function writeEngineWit(wit: Wit, world: string, directory: string): Promise<string> {
  for (const [name, text] of wit.files) {
    await writeText(join(directory, name), toEngineName(text));
  }
  const console = ["stdout", "stderr"].map((name) => `import wasi:cli/${name}@${WASI_VERSION};`);
  const engineWorld = `islet-${world}`;
  await writeText(
    join(directory, "islet-prelude.wit"),
    toEngineName(`world ${engineWorld} { include ${world}; ${console.join(" ")} }\n`),
  );
  return engineWorld;
}

/** Replaces the names of WASI's interfaces in a text by those that the guest is linked with. */
export function toEngineName(text: string): string {
  return text.replaceAll("wasi:", "wazi:").replaceAll(WASI_VERSION, ENGINE_WASI_VERSION);
}

/** The opposite of `toEngineName`, for messages. */
export function fromEngineName(text: string): string {
  return text.replaceAll("wazi:", "wasi:").replaceAll(ENGINE_WASI_VERSION, WASI_VERSION);
}

/** Gives the interfaces in a finished component their real names back, in place: both names have the same length. */
export function restoreNames(component: Buffer): void {
  for (let at = component.indexOf("wazi:"); at >= 0; at = component.indexOf("wazi:", at)) {
    component.write("wasi:", at, "latin1");
  }
}

async function witFiles(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(".wit"))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (cause) {
    throw new ComponentizeError("wit-invalid", `Cannot read ${root}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** jco carries the WIT of WASI; its package exports the API only, so its folder is found from there. */
async function wasiPackages(): Promise<[string, string][]> {
  const api = createRequire(import.meta.url).resolve("@bytecodealliance/jco");
  const root = join(dirname(api), "..", "lib", "wit", "builtin", WASI_VERSION);
  const names = await readdir(root);
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      return [`deps/${name}.wit`, await readFile(join(root, name, "package.wit"), "utf8")];
    }),
  );
}

function checkVersions(file: string, text: string): void {
  for (const match of withoutComments(text).matchAll(
    /\bwasi:[a-z0-9/-]+@([0-9a-z.+-]*[0-9a-z])/gu,
  )) {
    if (match[1] === WASI_VERSION) continue;
    const before = text.slice(0, match.index).split("\n");
    const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new ComponentizeError(
      "wit-invalid",
      `${place}: ${match[0]} is not available to guests: they are built against WASI ${WASI_VERSION}`,
    );
  }
}

function worldNames(text: string): string[] {
  const found = withoutComments(text).matchAll(/\bworld\s+%?([a-z][a-z0-9-]*)\s*\{/gu);
  return [...found].flatMap(([, name]) => name ?? []);
}

/** Comments become blanks, so that positions stay. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//gu, (comment) =>
    comment.replaceAll(/[^\n]/gu, " "),
  );
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
