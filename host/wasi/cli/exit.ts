import { checkUnsigned } from "../check-argument.ts";

/**
 * Thrown through a guest's stack by `wasi:cli/exit`: the guest ended because it wanted to.
 * Whoever called the guest catches it; it is no trap, whatever the status says.
 */
export class ExitError extends Error {
  override readonly name = "ExitError";
  /** 0 to 255; 0 is success. */
  readonly status: number;

  constructor(status: number) {
    super(`The guest exited with status ${status}`);
    this.status = status;
  }
}

/** `wasi:cli/exit`; neither function returns. */
export const exit: {
  exit(status: { readonly tag: "ok" | "err" }): never;
  exitWithCode(statusCode: number): never;
} = {
  exit(status) {
    throw new ExitError(status.tag === "ok" ? 0 : 1);
  },
  exitWithCode(statusCode) {
    throw new ExitError(checkUnsigned(statusCode, 8));
  },
};
