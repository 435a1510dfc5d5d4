import type { CancelSignal } from "../../network/cancel-signal.ts";
import type { Body, FieldList, HttpResponse } from "../../wasi/http/message.ts";
import { cut, type Outgoing, type OutgoingMessage } from "./outgoing.ts";
import { AnswerError, CONTENT_LENGTH, readHead, readTrailers } from "./response-fields.ts";

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
 * Rejects with `AnswerError` for an answer that no client could read; nothing was sent of it then, or it was cut.
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
  try {
    const { fields, length } = readHead(head);
    if (mayNotHaveBody(response, head.status)) {
      body?.cancel();
      begin(response, head.status, fields);
      response.end();
      return;
    }
    const first = body === undefined ? NOTHING : takeChunk(body);
    const isWhole =
      body === undefined ||
      (body.ended && body.failure === undefined && body.trailers === undefined);
    if (isWhole) {
      if (length === undefined) fields.push(CONTENT_LENGTH, String(first.length));
      else checkLength(first.length, length);
      if (progress !== undefined) progress.bytesSent = first.length;
      begin(response, head.status, fields);
      // A text body leaves in the same write as the head; bytes would need a second one.
      if (first.length > TEXT_MAX) response.end(first);
      else response.end(first.toString("latin1"), "latin1");
      return;
    }
    begin(response, head.status, fields);
    await pump(first, body, { response, length, signal, progress });
    if (body.trailers !== undefined) addTrailers(message, body.trailers);
    response.end();
  } catch (error) {
    body?.cancel();
    if (response.headersSent) cut(message);
    throw error;
  }
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

/** What Node does not take is the guest's fault. */
function begin(response: Outgoing, status: number, fields: string[]): void {
  try {
    response.writeHead(status, fields);
  } catch (error) {
    if (response.headersSent) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AnswerError(`The answer of the workload cannot be sent: ${reason}`, { cause: error });
  }
}

/** A client would wait for the rest, or take what is beyond the length for another answer. */
function checkLength(sent: number, length: number): void {
  if (sent === length) return;
  throw new AnswerError(`The workload answered with ${sent} bytes, and said that it is ${length}`);
}

interface PumpOptions {
  readonly response: Outgoing;
  /** Bytes that the head announced. */
  readonly length: number | undefined;
  readonly signal: CancelSignal;
  readonly progress: SendProgress | undefined;
}

async function pump(
  first: Buffer,
  body: Body,
  { response, length, signal, progress }: PumpOptions,
): Promise<void> {
  let sent = 0;
  for (let chunk = first; ; chunk = takeChunk(body)) {
    signal.throwIfAborted();
    if (chunk.length > 0) {
      sent += chunk.length;
      if (length !== undefined && sent > length) checkLength(sent, length);
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
  if (length !== undefined) checkLength(sent, length);
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

function addTrailers(response: OutgoingMessage, trailers: FieldList): void {
  const fields = readTrailers(trailers);
  // Node takes pairs for HTTP/1.1, where a name may come twice, and an object for HTTP/2.
  if (!("stream" in response)) {
    response.addTrailers(fields);
    return;
  }
  const joined = new Map<string, string>();
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    const other = joined.get(lower);
    joined.set(lower, other === undefined ? value : `${other}, ${value}`);
  }
  response.addTrailers(Object.fromEntries(joined));
}
