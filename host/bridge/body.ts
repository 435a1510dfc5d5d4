import type { Body, FieldList } from "../wasi/http/message.ts";
import { ChunkBody } from "./chunk-body.ts";
import { isExact } from "./chunk-queue.ts";
import { LinkError } from "./error.ts";
import { STREAM_WINDOW, type BodyMessage } from "./stream-message.ts";
import type { StreamSink } from "./stream-sink.ts";
import type { StreamTable } from "./stream-table.ts";

/** The most that is moved from a body to a stream at once. */
const PUMP_CHUNK = 64 * 1024;

/** The longest body that crosses as text, in bytes: above it, a copy of the bytes is cheaper. */
const TEXT_MAX = 4096;

/** What goes into the message that announces `body`: all of it, or its first bytes. */
export function beginBody(body: Body | undefined): BodyMessage | undefined {
  if (body === undefined) return undefined;
  const bytes = takeAvailable(body, STREAM_WINDOW);
  if (!body.ended || body.failure !== undefined) return { tag: "stream", first: bytes };
  const trailers = body.trailers === undefined ? undefined : toSendable(body.trailers);
  if (bytes.length === 0 && trailers === undefined) return undefined;
  if (bytes.length > TEXT_MAX) return { tag: "complete", bytes, trailers };
  return { tag: "text", text: toBuffer(bytes).toString("latin1"), trailers };
}

/** Whether a message with these fields and this body is plain data, which crosses as text. */
export function isPlain(fields: FieldList, body: BodyMessage | undefined): boolean {
  if (body !== undefined && body.tag !== "text") return false;
  return isText(fields) && (body?.trailers === undefined || isText(body.trailers));
}

/** How many bytes of the window the announcing message used. */
export function usedBy(message: BodyMessage): number {
  return message.tag === "stream" ? message.first.length : 0;
}

/**
 * The body that the other end announced under `id`; `finished` is called when no more messages for it will come,
 * at once for a complete one. Throws `LinkError` for a malformed announcement.
 */
export function receiveBody(
  message: BodyMessage | undefined,
  id: number,
  streams: StreamTable,
  finished?: () => void,
): Body | undefined {
  switch (message?.tag) {
    case undefined:
      finished?.();
      return undefined;
    case "complete":
      if (!(message.bytes instanceof Uint8Array) || message.bytes.length > STREAM_WINDOW) {
        throw new LinkError("protocol-violation", `Body ${id} is larger than the window`);
      }
      finished?.();
      return new ChunkBody(message.bytes, message.trailers);
    case "text":
      if (typeof message.text !== "string" || message.text.length > TEXT_MAX) {
        throw new LinkError("protocol-violation", `Body ${id} is larger than a text may be`);
      }
      finished?.();
      return new ChunkBody(Buffer.from(message.text, "latin1"), message.trailers);
    case "stream":
      return streams.openSource(id, message.first, finished);
  }
  throw new LinkError("protocol-violation", `Body ${id} has an unknown form`);
}

/**
 * Moves `body` into `sink` until one of them is finished, at the pace of both.
 * A reader that cancels cancels `body`; a body that fails aborts the sink.
 */
export function pumpBody(body: Body, sink: StreamSink): void {
  const step = (): void => {
    while (!sink.closed && body.available > 0) {
      const { capacity } = sink;
      if (capacity === 0) break;
      sink.give(takeAvailable(body, Math.min(capacity, PUMP_CHUNK)));
    }
    if (sink.closed) {
      body.whenReadable.delete(step);
      body.cancel();
    } else if (body.ended) {
      sink.whenWritable.delete(step);
      if (body.failure !== undefined) sink.abort(body.failure);
      else sink.end(body.trailers === undefined ? undefined : toSendable(body.trailers));
    } else {
      // The sink also says that its reader left, so both are always listened to.
      sink.whenWritable.add(step);
      if (body.available === 0) body.whenReadable.add(step);
    }
  };
  step();
}

/**
 * Fields that can be cloned by themselves: a binary value may be a view of something large,
 * and a clone of a view takes all of its buffer along.
 */
export function toSendable(fields: FieldList): FieldList {
  return fields.every(([, value]) => typeof value === "string" || isExact(value))
    ? fields
    : fields.map(([name, value]) => [
        name,
        typeof value === "string" ? value : new Uint8Array(value),
      ]);
}

function isText(fields: FieldList): boolean {
  return fields.every(([, value]) => typeof value === "string");
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function takeAvailable(body: Body, limit: number): Uint8Array {
  const count = Math.min(body.available, limit);
  // Not from Buffer's pool: a pooled buffer cannot be transferred, and cloning it would send the pool.
  const bytes = count < 64 ? new Uint8Array(count) : Buffer.allocUnsafeSlow(count);
  const got = body.readInto(bytes);
  // A copy, which `slice` of a Buffer is not: a clone of a view takes all of its buffer along.
  return got === count ? bytes : new Uint8Array(bytes.subarray(0, got));
}
