import { checkText } from "../check-argument.ts";
import { FilesystemError } from "./error.ts";

/** Bytes of a path without the NUL at its end, as Linux has it. */
const PATH_MAX = 4095;

/**
 * The components of a path of the guest's, in order: names, `.`, `..`, and empty ones where slashes follow each other.
 * Throws `FilesystemError` for what no path can be.
 *
 * WIT: "The directory separator in WASI is always the forward-slash (`/`)." A backslash, and a letter with a colon,
 * are characters like others, and so is the difference of upper and lower case.
 */
export function parsePath(path: string): string[] {
  if (checkText(path) === "") throw new FilesystemError("no-entry", "The path is empty");
  if (path.includes("\0")) throw new FilesystemError("invalid", "The path contains a NUL");
  if (path.length > PATH_MAX || Buffer.byteLength(path) > PATH_MAX) {
    throw new FilesystemError("name-too-long", `The path has more than ${PATH_MAX} bytes`);
  }
  assertRelative(path);
  return path.split("/");
}

/**
 * WIT: "If a `path` argument to any WASI function starts with `/`, or if any step of resolving a `path`, including
 * `..` and symbolic link steps, reaches a directory outside of the base directory, or reaches a symlink to an absolute
 * or rooted path in the underlying filesystem, the function fails with `error-code::not-permitted`."
 */
export function assertRelative(path: string): void {
  if (path.startsWith("/")) throw new FilesystemError("not-permitted", "The path is absolute");
}

/** A name or a link's content as text. WIT: "Some filesystems may contain paths which are not accessible by this API." */
export function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new FilesystemError("illegal-byte-sequence", "The name is not UTF-8", { cause });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
