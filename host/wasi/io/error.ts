import type { Guest } from "../guest.ts";
import { Resource } from "../resource.ts";

/** `wasi:io/error.error`: why a stream failed, for `http-error-code` and `network-error-code` to look into. */
export class IoError extends Resource {
  readonly failure: Error;

  constructor(guest: Guest, failure: Error) {
    super(guest);
    this.failure = failure;
  }

  /** WIT: "Returns a string that is suitable to assist humans in debugging this error." */
  toDebugString(): string {
    return this.failure.message;
  }
}
