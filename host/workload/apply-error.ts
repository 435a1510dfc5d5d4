/** Workloads that could not be prepared: nothing of them, or of those that were applied with them, was changed. */
export class ApplyError extends AggregateError {
  override readonly name = "ApplyError";

  constructor(errors: readonly unknown[]) {
    super(
      errors,
      errors.map((error) => (error instanceof Error ? error.message : String(error))).join("\n"),
    );
  }
}
