import type { ByteSink } from "../../network/byte-stream.ts";
import { checkBytes, checkResource, checkU64 } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import type { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { SinkCondition } from "./byte-condition.ts";
import { InputStream } from "./input-stream.ts";
import { Pollable } from "./pollable.ts";
import { type StreamError, streamGuestError } from "./stream-error.ts";
import { AGAIN, type Condition } from "./suspend.ts";

/** WIT, of the blocking writes: "up to 4096 bytes". More is a trap. */
const BLOCKING_WRITE_MAX = 4096;

/**
 * `wasi:io/streams.output-stream` over a byte sink, which it owns and nobody else writes to:
 * dropping the stream ends it. What is written is with the sink at once, so a flush has nothing left to do.
 * A failing method throws a `GuestError<StreamError>`, a broken precondition a `RangeError`, which traps the guest.
 */
export class OutputStream extends Resource {
  /** Ready when a write has an answer. */
  readonly condition: Condition;
  readonly #sink: ByteSink;
  #permit = 0;
  #failed = false;

  constructor(guest: Guest, sink: ByteSink) {
    super(guest);
    this.#sink = sink;
    this.condition = new SinkCondition(sink);
  }

  /** Whether the stream is at its end. */
  get closed(): boolean {
    return this.#sink.closed;
  }

  /** How many bytes may be written now, which permits to write them; -1 at the end of the stream. */
  permit(): number {
    if (this.#sink.closed) return -1;
    this.#permit = this.#sink.capacity;
    return this.#permit;
  }

  /**
   * Writes what the last `permit` allowed and returns whether the stream is open, before and after.
   * WIT: "check-write gave permit of Ok(n) and contents has a length of less than or equal to n.
   * Otherwise, this function will trap."
   */
  tryWrite(contents: Uint8Array): boolean {
    this.#spend(contents.length);
    if (this.#sink.closed) return false;
    if (contents.length > 0) this.#sink.write(contents);
    return this.#sink.failure === undefined;
  }

  /** Writes as much of `contents` from `offset` as there is room for and returns the new offset; -1 at the end. */
  writeSome(contents: Uint8Array, offset: number): number {
    const permit = this.permit();
    if (permit < 0) return -1;
    const end = Math.min(contents.length, offset + permit);
    if (end > offset && !this.tryWrite(contents.subarray(offset, end))) return -1;
    return end;
  }

  /** As `InputStream.takeFailure`. */
  takeFailure(): Error | undefined {
    if (this.#failed) return undefined;
    this.#failed = true;
    return this.#sink.failure;
  }

  /** How many bytes the next write may have. */
  checkWrite(): bigint {
    const permit = this.permit();
    if (permit < 0) throw this.#endError();
    return BigInt(permit);
  }

  write(contents: Uint8Array): void {
    if (!this.tryWrite(checkBytes(contents))) throw this.#endError();
  }

  /** Writes at most `BLOCKING_WRITE_MAX` bytes, waiting for room as often as it takes. */
  blockingWriteAndFlush(contents: Uint8Array): void | Promise<void> {
    assertBlockingLength(checkBytes(contents).length);
    let offset = 0;
    const proceed = (): void | typeof AGAIN => {
      offset = this.writeSome(contents, offset);
      if (offset < 0) throw this.#endError();
      return offset < contents.length ? AGAIN : undefined;
    };
    if (proceed() === AGAIN) return this.guest.suspender.until<void>([this.condition], proceed);
  }

  /** Reports the stream's end; everything written is with the sink already. */
  flush(): void {
    if (this.#sink.closed) throw this.#endError();
  }

  blockingFlush(): void {
    this.flush();
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.condition);
  }

  /** As `write`, of `length` zeroes. */
  writeZeroes(length: bigint): void {
    this.write(zeroes(checkU64(length), BigInt(this.#permit)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void | Promise<void> {
    assertBlockingLength(Number(checkU64(length)));
    return this.blockingWriteAndFlush(new Uint8Array(Number(length)));
  }

  /** Moves up to `length` bytes from `source`: what it has and what there is room for. */
  splice(source: InputStream, length: bigint): bigint {
    checkResource(source, InputStream);
    const permit = this.checkWrite();
    const bytes = source.read(checkU64(length) > permit ? permit : length);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  /** As `splice`, once there is room here and something to read there. */
  blockingSplice(source: InputStream, length: bigint): bigint | Promise<bigint> {
    checkResource(source, InputStream);
    if (!this.condition.ready) {
      return this.guest.suspender
        .until([this.condition], () => undefined)
        .then(() => this.blockingSplice(source, length));
    }
    if (!source.condition.ready && !this.#sink.closed) {
      return this.guest.suspender
        .until([source.condition], () => undefined)
        .then(() => this.blockingSplice(source, length));
    }
    return this.splice(source, length);
  }

  protected override drop(): void {
    this.#sink.end();
  }

  #spend(length: number): void {
    if (length > this.#permit) {
      throw new RangeError(`Cannot write ${length} bytes: check-write permitted ${this.#permit}`);
    }
    this.#permit -= length;
  }

  #endError(): GuestError<StreamError> {
    return streamGuestError(this.guest, this.takeFailure());
  }
}

/** A `RangeError` for more than a blocking write takes. */
export function assertBlockingLength(length: number): void {
  if (length > BLOCKING_WRITE_MAX) {
    throw new RangeError(
      `Cannot write ${length} bytes in one blocking call: the limit is ${BLOCKING_WRITE_MAX}`,
    );
  }
}

function zeroes(length: bigint, permit: bigint): Uint8Array {
  if (length > permit) {
    throw new RangeError(`Cannot write ${length} zeroes: check-write permitted ${permit}`);
  }
  return new Uint8Array(Number(length));
}
