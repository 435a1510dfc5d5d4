import { cutMessage } from "../../policy/cut-text.ts";
import { SocketError, type SocketErrorCode } from "../network/error.ts";

/** An error as it crosses a link: plain data instead of an object with a stack and a prototype. */
export type Failure =
  | { readonly tag: "socket"; readonly code: SocketErrorCode; readonly message: string }
  | { readonly tag: "other"; readonly code: string; readonly message: string };

/** What broke a stream on the other side of a link, where it was no `SocketError`. */
class RemoteError extends Error {
  override readonly name = "RemoteError";
  /** The `code` of the original error, its tag where it is a variant; else the error's name. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function toFailure(error: Error): Failure {
  if (error instanceof SocketError) {
    return { tag: "socket", code: error.code, message: cutMessage(error.message) };
  }
  return {
    tag: "other",
    code: cutMessage(codeOf(error)),
    message: cutMessage(error.message),
  };
}

export function fromFailure(failure: Failure): Error {
  return failure.tag === "socket"
    ? new SocketError(failure.code, failure.message)
    : new RemoteError(failure.code, failure.message);
}

/** Codes are strings, or variants as WIT has them: those go by their tag. */
function codeOf(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (typeof code === "string") return code;
  const isVariant = typeof code === "object" && code !== null && "tag" in code;
  return isVariant && typeof code.tag === "string" ? code.tag : error.name;
}
