import type { ErrorCode } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { GuestError } from "../guest-error.ts";
import type { IoError } from "../io/error.ts";

/** What went wrong with a file, in WIT's words. */
export class FilesystemError extends Error {
  override readonly name = "FilesystemError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * What the operating system said of a file, as a `FilesystemError`.
 * Anything else is a bug and stays what it is, which traps the guest.
 */
export function toFilesystemError(error: unknown): unknown {
  if (error instanceof FilesystemError || !isSystemError(error)) return error;
  // The message names a path of the host, which is none of the guest's business.
  const code = CODES[error.code] ?? "io";
  return new FilesystemError(code, `The operating system answered ${error.code}`, { cause: error });
}

/** What a function of `wasi:filesystem` throws for `error`: the guest's error-code, or what it was. */
export function toFilesystemGuestError(error: unknown): unknown {
  const known = toFilesystemError(error);
  return known instanceof FilesystemError
    ? new GuestError<ErrorCode>(known.code, { cause: known })
    : known;
}

/** What `act` returns; what it throws is thrown as `toFilesystemGuestError` has it. */
export function answer<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw toFilesystemGuestError(error);
  }
}

/**
 * `wasi:filesystem/types.filesystem-error-code`.
 * WIT: "Attempts to extract a filesystem-related `error-code` from the stream `error` provided."
 */
export function filesystemErrorCode(error: IoError): ErrorCode | undefined {
  return error.failure instanceof FilesystemError ? error.failure.code : undefined;
}

/** Whether the operating system answered `error` with one of `codes`, such as `ENOENT`. */
export function isSystemError(
  error: unknown,
  ...codes: readonly string[]
): error is Error & { readonly code: string } {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return false;
  return typeof error.code === "string" && (codes.length === 0 || codes.includes(error.code));
}

/** The number that stands for `code` in a guest's memory: its place in WIT's `enum error-code`. */
export function toErrorCodeIndex(code: ErrorCode): number {
  return INDEX[code];
}

const INDEX: Readonly<Record<ErrorCode, number>> = {
  access: 0,
  "would-block": 1,
  already: 2,
  "bad-descriptor": 3,
  busy: 4,
  deadlock: 5,
  quota: 6,
  exist: 7,
  "file-too-large": 8,
  "illegal-byte-sequence": 9,
  "in-progress": 10,
  interrupted: 11,
  invalid: 12,
  io: 13,
  "is-directory": 14,
  loop: 15,
  "too-many-links": 16,
  "message-size": 17,
  "name-too-long": 18,
  "no-device": 19,
  "no-entry": 20,
  "no-lock": 21,
  "insufficient-memory": 22,
  "insufficient-space": 23,
  "not-directory": 24,
  "not-empty": 25,
  "not-recoverable": 26,
  unsupported: 27,
  "no-tty": 28,
  "no-such-device": 29,
  overflow: 30,
  "not-permitted": 31,
  pipe: 32,
  "read-only": 33,
  "invalid-seek": 34,
  "text-file-busy": 35,
  "cross-device": 36,
};

/** WIT says of each code which of POSIX it is similar to. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: "access",
  EAGAIN: "would-block",
  EALREADY: "already",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EDEADLK: "deadlock",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EILSEQ: "illegal-byte-sequence",
  EINPROGRESS: "in-progress",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EIO: "io",
  EISDIR: "is-directory",
  ELOOP: "loop",
  EMLINK: "too-many-links",
  EMSGSIZE: "message-size",
  ENAMETOOLONG: "name-too-long",
  ENODEV: "no-device",
  ENOENT: "no-entry",
  ENOLCK: "no-lock",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTSUP: "unsupported",
  EOPNOTSUPP: "unsupported",
  ENOSYS: "unsupported",
  ENOTTY: "no-tty",
  ENXIO: "no-such-device",
  EOVERFLOW: "overflow",
  EPERM: "not-permitted",
  EPIPE: "pipe",
  EROFS: "read-only",
  ESPIPE: "invalid-seek",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
  // WIT has no code for a full table of files; running out of what the host has for one is the nearest.
  EMFILE: "insufficient-memory",
  ENFILE: "insufficient-memory",
};
