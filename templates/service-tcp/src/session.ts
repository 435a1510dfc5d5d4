import type { Pollable } from "wasi:io/poll@0.2.12";
import { MAX_LINE, toLeet } from "./leet.ts";
import { ByteQueue } from "./lib/byte-queue.ts";
import { LineSplitter } from "./lib/line-splitter.ts";
import type { Connection } from "./lib/tcp.ts";

/** Answers that wait for a slow reader, in bytes; past this, its lines are not read. */
const MAX_QUEUED = 256 * 1024;

/** What a peer may still send, in bytes, after its line was too long. */
const MAX_DISCARDED = 1024 * 1024;

/**
 * One connection to the service. It never waits itself: it says what it waits for, and goes on when
 * that has happened, so that a slow peer delays nobody else.
 */
export class Session implements Disposable {
  readonly #connection: Connection;
  readonly #lines = new LineSplitter(MAX_LINE);
  readonly #answers = new ByteQueue();
  #inputEnded = false;
  #outputEnded = false;
  #discarded = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What has to happen before `advance()` can do something. */
  *waitsFor(): Iterable<Pollable> {
    if (!this.#inputEnded && this.#answers.length < MAX_QUEUED) yield this.#connection.readable;
    if (this.#answers.length > 0) yield this.#connection.writable;
  }

  /** Reads, answers and writes as far as that goes without waiting. Returns whether the session goes on. */
  advance(): boolean {
    try {
      if (!this.#inputEnded && this.#answers.length < MAX_QUEUED) this.#read();
      this.#answers.writeTo(this.#connection);
      if (this.#answers.length > 0) return true;
      if (this.#inputEnded) return false;
      if (this.#lines.tooLong) this.#finish();
      return this.#discarded < MAX_DISCARDED;
    } catch {
      // The peer is gone, and with it whom to answer.
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #read(): void {
    const bytes = this.#connection.read();
    if (this.#lines.tooLong) {
      this.#discarded += bytes?.length ?? 0;
      this.#inputEnded = bytes === undefined;
      return;
    }
    if (bytes !== undefined) {
      this.#answer(this.#lines.push(bytes));
    } else {
      const last = this.#lines.end();
      if (last !== undefined) this.#answer([last]);
      this.#inputEnded = true;
    }
    if (this.#lines.tooLong) {
      this.#send(`error: a line is longer than ${MAX_LINE} bytes\n`);
    }
  }

  /** The peer gets its answers and then the end; it might lose them if the connection went now. */
  #finish(): void {
    if (!this.#outputEnded) this.#connection.finish();
    this.#outputEnded = true;
  }

  #answer(lines: readonly string[]): void {
    if (lines.length > 0) this.#send(`${toLeet(lines.join("\n"))}\n`);
  }

  #send(text: string): void {
    this.#answers.push(new TextEncoder().encode(text));
  }
}
