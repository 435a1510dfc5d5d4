import type { Problem } from "../problem.ts";

/** A host that cannot be talked to; `gone` where nobody answers at its address. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly gone: boolean;

  constructor(message: string, gone: boolean, options?: ErrorOptions) {
    super(message, options);
    this.gone = gone;
  }
}

/** A host that said no; the message is the host's. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly status: number;
  /** Undefined where the answer was not that of an Islet host. */
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(messageOf(status, problem));
    this.status = status;
    this.problem = problem;
  }
}

function messageOf(status: number, problem: Problem | undefined): string {
  if (problem === undefined) return `What answers is no Islet host (HTTP status ${status})`;
  const { detail, errors = [] } = problem;
  // One mistake is what the detail says already.
  const lines = errors.map((each) =>
    each.pointer === undefined ? each.detail : `${each.pointer} ${each.detail}`,
  );
  const more = lines.length === 1 && errors[0]?.pointer !== undefined ? [] : lines;
  return [detail, ...more].join("\n");
}
