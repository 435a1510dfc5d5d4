import type { Location } from "./workload.ts";

/** What kind of mistake a problem is. */
export type ManifestErrorCode =
  /** A file or directory is missing, cannot be read, is too large or is not text. */
  | "unreadable"
  /** The text is not YAML 1.2. */
  | "syntax"
  /** A key that nothing reads. */
  | "unknown-key"
  /** A key that must be there is not. */
  | "missing-key"
  /** Text where a number belongs, and the like. */
  | "wrong-type"
  /** The right type, but not a value that the field takes. */
  | "bad-value"
  /** The same key, name or host twice. */
  | "duplicate"
  /** A field that this version of Islet does not have. */
  | "unsupported"
  /** A reference to a document or file that is not there. */
  | "unresolved";

/** One mistake. */
export interface Problem {
  readonly location: Location;
  /** A sentence that begins with the field, without a full stop: `spec.service.image is missing`. */
  readonly message: string;
  readonly code: ManifestErrorCode;
}

/**
 * The manifests have mistakes; nothing of them may be applied.
 * `problems` are all mistakes of all files, in the order of the files and of their lines;
 * `message` has a line `file:line:column: sentence` for each.
 */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(toMessage(problems));
    this.problems = problems;
  }
}

// Junk can hold a mistake in each of its bytes; nobody reads past the first screens.
const LINES_MAX = 100;

function toMessage(problems: readonly Problem[]): string {
  const lines = problems.slice(0, LINES_MAX).map(({ location, message }) => {
    return `${location.file}:${location.line}:${location.column}: ${message}`;
  });
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n");
}
