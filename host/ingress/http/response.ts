import type { CancelSignal } from "../../network/cancel-signal.ts";
import type { Body, FieldList, HttpResponse } from "../../wasi/http/message.ts";
import { cut, type Outgoing, type OutgoingMessage } from "./outgoing.ts";

/** Counts what is sent. */
export interface SendProgress {
  /** Bytes of the body, without their framing. */
  bytesSent: number;
}

/**
 * Sends the answer of a workload, body and trailers included, no faster than the client takes it.
 *
 * Resolves when all is handed to the connection. Where the body breaks or `signal` aborts (the client has gone),
 * it cuts the connection and rejects: a client must not take half an answer for a whole one.
 * `progress`, where somebody wants to know, is told of what is sent.
 */
export async function sendResponse(
  message: OutgoingMessage,
  answer: HttpResponse,
  signal: CancelSignal,
  progress?: SendProgress,
): Promise<void> {
  const response: Outgoing = message;
  const { head, body } = answer;
  if (mayNotHaveBody(response, head.status)) {
    body?.cancel();
    response.writeHead(head.status, toRawHeaders(head.headers));
    response.end();
    return;
  }
  const first = body === undefined ? NOTHING : takeChunk(body);
  const isWhole =
    body === undefined || (body.ended && body.failure === undefined && body.trailers === undefined);
  if (isWhole) {
    if (progress !== undefined) progress.bytesSent = first.length;
    response.writeHead(head.status, toRawHeaders(head.headers, first.length));
    // A text body leaves in the same write as the head; bytes would need a second one.
    if (first.length > TEXT_MAX) response.end(first);
    else response.end(first.toString("latin1"), "latin1");
    return;
  }
  response.writeHead(head.status, toRawHeaders(head.headers));
  try {
    await pump(first, body, { response, signal, progress });
  } catch (error) {
    body.cancel();
    cut(message);
    throw error;
  }
  if (body.trailers !== undefined) addTrailers(message, body.trailers);
  response.end();
}

/** The largest piece that is read from a body at once, in bytes. */
const CHUNK_MAX = 64 * 1024;
/** The largest body that is sent as text, in bytes. */
const TEXT_MAX = 4096;
const NOTHING: Buffer = Buffer.alloc(0);

/** RFC 9110 §6.4.1: answers to HEAD, 204 and 304 have no body, whatever the guest wrote. */
function mayNotHaveBody(response: Outgoing, status: number): boolean {
  return response.req.method === "HEAD" || status === 204 || status === 304;
}

function takeChunk(body: Body): Buffer {
  const length = Math.min(body.available, CHUNK_MAX);
  if (length === 0) return NOTHING;
  const chunk = Buffer.allocUnsafe(length);
  return chunk.subarray(0, body.readInto(chunk));
}

interface PumpOptions {
  readonly response: Outgoing;
  readonly signal: CancelSignal;
  readonly progress: SendProgress | undefined;
}

async function pump(
  first: Buffer,
  body: Body,
  { response, signal, progress }: PumpOptions,
): Promise<void> {
  for (let chunk = first; ; chunk = takeChunk(body)) {
    signal.throwIfAborted();
    if (chunk.length > 0) {
      if (progress !== undefined) progress.bytesSent += chunk.length;
      if (!response.write(chunk)) await drained(response, signal);
    } else if (body.ended) {
      break;
    } else {
      // What was written so far must not wait in a corked socket for bytes that may take minutes.
      response.flushHeaders?.();
      await readable(body, signal);
    }
  }
  if (body.failure !== undefined) throw body.failure;
}

function readable(body: Body, signal: CancelSignal): Promise<void> {
  return waitFor(signal, (wake) => {
    body.whenReadable.add(wake);
    return () => body.whenReadable.delete(wake);
  });
}

function drained(response: Outgoing, signal: CancelSignal): Promise<void> {
  return waitFor(signal, (wake) => {
    response.once("drain", wake);
    return () => response.off("drain", wake);
  });
}

function waitFor(signal: CancelSignal, arm: (wake: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const disarm = arm(wake);
    signal.addEventListener("abort", abort, { once: true });
    function wake(): void {
      signal.removeEventListener("abort", abort);
      resolve();
    }
    function abort(): void {
      disarm();
      reject(signal.reason);
    }
  });
}

/**
 * Node's flat form of the header fields. `wholeLength` is the size of a body that is sent with the head:
 * it becomes the `content-length` unless the guest named one, so that no chunked framing is needed.
 */
function toRawHeaders(fields: FieldList, wholeLength?: number): string[] {
  const raw: string[] = [];
  let hasLength = false;
  for (const [name, value] of fields) {
    if (name.length === CONTENT_LENGTH.length && name.toLowerCase() === CONTENT_LENGTH) {
      hasLength = true;
    }
    raw.push(name, toText(value));
  }
  if (wholeLength !== undefined && !hasLength) raw.push(CONTENT_LENGTH, String(wholeLength));
  return raw;
}

const CONTENT_LENGTH = "content-length";

function addTrailers(response: OutgoingMessage, fields: FieldList): void {
  const texts = fields.map(([name, value]): [string, string] => [name, toText(value)]);
  // Node takes pairs for HTTP/1.1, where a name may come twice, and an object for HTTP/2.
  if ("stream" in response) response.addTrailers(Object.fromEntries(texts));
  else response.addTrailers(texts);
}

/** Field values are bytes; Node writes strings as Latin-1, which keeps each byte. */
function toText(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("latin1");
}
