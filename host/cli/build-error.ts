/** Why a project could not be built. */
export type BuildErrorCode =
  | "no-project"
  | "no-guests"
  | "guest-invalid"
  | "types-invalid"
  | "command-failed";

/** The message is for the guest's author: one line an error, with its place where it has one. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly code: BuildErrorCode;

  constructor(code: BuildErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
