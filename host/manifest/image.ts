import { fileURLToPath, pathToFileURL } from "node:url";
import { isAbsolute, resolve } from "node:path";

/** What the author of an `image` meant. */
export type Image =
  /** A path relative to the manifest, or a `file:` URL. */
  | { readonly tag: "file"; readonly text: string }
  /** `artifact://NAME`, an entry of `spec.artifacts`. */
  | { readonly tag: "artifact"; readonly name: string }
  /** Something elsewhere: another URL. */
  | { readonly tag: "url"; readonly scheme: string }
  /** Something in a registry. */
  | { readonly tag: "oci" };

/**
 * Tells the forms of `image` apart.
 *
 * | form                                   | example                            |
 * |----------------------------------------|------------------------------------|
 * | begins with `.`, or `/`                | `./service`, `../dist/leet.wasm`   |
 * | ends in `.wasm`                        | `dist/leet.wasm`                   |
 * | `file:` URL                            | `file:///opt/leet.wasm`            |
 * | `artifact://` and a name               | `artifact://leet`                  |
 * | any other URL                          | `https://example.com/leet.wasm`    |
 * | anything else is an OCI reference      | `ghcr.io/acme/leet:0.1.0`          |
 */
export function parseImage(text: string): Image {
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(text) ?? [];
  if (scheme === "artifact") return { tag: "artifact", name: text.slice("artifact://".length) };
  if (/^file:/i.test(text)) return { tag: "file", text };
  if (scheme !== undefined) return { tag: "url", scheme: scheme.toLowerCase() };
  if (/^\.{0,2}[/\\]/.test(text) || text.endsWith(".wasm") || isAbsolute(text)) {
    return { tag: "file", text };
  }
  return { tag: "oci" };
}

/** The absolute path of a file named in a manifest of `directory`; undefined for a `file:` URL of another machine. */
export function resolveImageFile(text: string, directory: string): string | undefined {
  if (!/^file:/i.test(text)) return resolve(directory, text);
  try {
    return fileURLToPath(new URL(text, `${pathToFileURL(directory).href}/`));
  } catch {
    return undefined;
  }
}
