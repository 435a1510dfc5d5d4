import { isAbsolute, relative, resolve } from "node:path";

/** A file that holds manifests. */
export interface ManifestFile {
  /** Where it is, absolute; images are relative to its directory. */
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
}

/** Names the text of a file at the absolute `path` that somebody else has read. */
export function toGivenFile(path: string): ManifestFile {
  return { path, name: path };
}

/** Names the file at `path`, which may be relative to `cwd`. */
export function toManifestFile(path: string, cwd: string): ManifestFile {
  const absolute = resolve(cwd, path);
  return { path: absolute, name: toDisplayPath(absolute, cwd) };
}

/** The shorter of the two ways to write the absolute `path`: as it is, or relative to `cwd`, where there is one. */
export function toDisplayPath(path: string, cwd: string | undefined): string {
  if (cwd === undefined) return path;
  const fromHere = relative(cwd, path);
  if (fromHere === "") return ".";
  return isAbsolute(fromHere) || fromHere.length > path.length ? path : fromHere;
}
