import type { LinkError } from "./error.ts";
import type { StreamMessage } from "./stream-message.ts";

/** What streams need of the link that carries them. */
export interface StreamPort {
  readonly failure: LinkError | undefined;
  send(message: StreamMessage, transfer?: ArrayBuffer): void;
  sendPlain(message: StreamMessage): void;
  beforeFlush(make: () => void): void;
}
