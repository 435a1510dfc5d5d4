import { constants, type Http2ServerResponse } from "node:http2";
import type { ServerResponse } from "node:http";

/** A response as Node gives it, of either version of HTTP: what the ingress uses of both. */
export interface Outgoing {
  readonly req: { readonly method?: string | undefined };
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  writeHead(status: number, headers: string[]): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  end(chunk: Uint8Array): unknown;
  end(text: string, encoding: "latin1"): unknown;
  /** Sends the head at once, where it would wait for the first bytes of the body. */
  flushHeaders?(): void;
  once(event: "close" | "drain", listener: () => void): unknown;
  off(event: "close" | "drain", listener: () => void): unknown;
}

/** What Node's types for both versions have in common. */
export type OutgoingMessage = ServerResponse | Http2ServerResponse;

/** Whether a response that is over was sent to its end. Node ends the stream of a request that its client cancelled. */
export function isComplete(response: OutgoingMessage): boolean {
  if (!("stream" in response)) return response.writableFinished;
  const { stream } = response;
  return stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted;
}

/** Ends a response whose rest will never come, so that the client does not take what it has for all. */
export function cut(response: OutgoingMessage): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}
