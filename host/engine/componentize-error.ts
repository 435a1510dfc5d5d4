/** What can go wrong between a guest's sources and its component. */
export type ComponentizeErrorCode =
  | "wit-invalid"
  | "world-missing"
  | "source-invalid"
  | "import-missing"
  | "export-missing"
  | "evaluation-failed"
  | "timeout"
  | "engine-failed";

/**
 * Tells the author of a guest what is wrong with it; nobody has to look at a stack trace of the builder.
 * Where the mistake has a place, the message starts with it, as `src/guest.ts:3:14`, relative to the project.
 */
export class ComponentizeError extends Error {
  override readonly name = "ComponentizeError";
  readonly code: ComponentizeErrorCode;

  constructor(code: ComponentizeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
