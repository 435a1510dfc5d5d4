import type { ByteSource } from "../../network/byte-stream.ts";
import { checkU64 } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import type { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { SourceCondition } from "./byte-condition.ts";
import { Pollable } from "./pollable.ts";
import { type StreamError, streamGuestError } from "./stream-error.ts";
import { type Condition } from "./suspend.ts";

/**
 * The most that one read hands over. A guest may ask for 2^64 bytes;
 * WIT: "The callee may return a list of bytes less than `len` in size while more bytes are available for reading."
 */
export const READ_MAX: number = 1 << 20;
const READ_MAX_BIG: bigint = BigInt(READ_MAX);

/**
 * `wasi:io/streams.input-stream` over a byte source, which it owns: dropping the stream cancels it.
 * A failing method throws a `GuestError<StreamError>`.
 */
export class InputStream extends Resource {
  /** Ready when a read has an answer. */
  readonly condition: Condition;
  readonly #source: ByteSource;
  #failed = false;

  constructor(guest: Guest, source: ByteSource) {
    super(guest);
    this.#source = source;
    this.condition = new SourceCondition(source);
  }

  /** How many bytes a read of `length` gets now, at most `READ_MAX`; -1 at the end of the stream. */
  readable(length: bigint): number {
    const { available } = this.#source;
    if (available === 0) return this.#source.ended ? -1 : 0;
    // A fast path hands over the u64 as the signed number that WebAssembly has.
    const limit = length < 0n || length > READ_MAX_BIG ? READ_MAX : Number(length);
    return available < limit ? available : limit;
  }

  /** Moves up to `target.length` bytes out of the stream and returns how many. */
  readInto(target: Uint8Array): number {
    return this.#source.readInto(target);
  }

  /**
   * What to report at the end: the failure the first time, later nothing but that it is closed.
   * WIT, of `last-operation-failed`: "All future operations return `stream-error::closed`."
   */
  takeFailure(): Error | undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    return this.#source.failure;
  }

  /** Up to `length` bytes; none where none are there yet. */
  read(length: bigint): Uint8Array {
    const readable = this.readable(checkU64(length));
    if (readable < 0) throw this.#endError();
    const bytes = new Uint8Array(readable);
    const count = this.#source.readInto(bytes);
    return count === readable ? bytes : bytes.subarray(0, count);
  }

  /** As `read`, but it waits for at least one byte or the end. */
  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    return this.#whenReady(() => this.read(length));
  }

  /** As `read`, but the bytes are dropped and counted. */
  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    return this.#whenReady(() => this.skip(length));
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.condition);
  }

  protected override drop(): void {
    this.#source.cancel();
  }

  #whenReady<T>(finish: () => T): T | Promise<T> {
    return this.condition.ready ? finish() : this.guest.suspender.until([this.condition], finish);
  }

  #endError(): GuestError<StreamError> {
    return streamGuestError(this.guest, this.takeFailure());
  }
}
