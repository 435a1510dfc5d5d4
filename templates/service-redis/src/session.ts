import type { Pollable } from "wasi:io/poll@0.2.12";
import { CommandParser, ProtocolError } from "./command-parser.ts";
import type { Database } from "./database.ts";
import { execute } from "./execute.ts";
import { ByteQueue } from "./lib/byte-queue.ts";
import { fromByteString, toByteString } from "./lib/byte-string.ts";
import { errorCode } from "./lib/io.ts";
import type { Session } from "./lib/serve-tcp.ts";
import type { Connection } from "./lib/tcp.ts";
import { encode, OK, type Reply } from "./reply.ts";

/** Answers that wait for a slow reader, in bytes; past this, its commands are not read. */
const MAX_QUEUED = 256 * 1024;

const EMPTY = new Uint8Array(0);

/** One client. */
export class RedisSession implements Session {
  readonly #connection: Connection;
  readonly #database: Database;
  readonly #parser = new CommandParser();
  readonly #replies = new ByteQueue();
  /** Nothing more is read; what was answered is still sent. */
  #ending = false;
  /** Commands that were read wait for room for their answers. */
  #unfinished = false;

  constructor(connection: Connection, database: Database) {
    this.#connection = connection;
    this.#database = database;
  }

  *waitsFor(): Iterable<Pollable> {
    if (!this.#ending && this.#replies.length < MAX_QUEUED) yield this.#connection.readable;
    if (this.#replies.length > 0) yield this.#connection.writable;
  }

  advance(): boolean {
    try {
      do {
        if (!this.#ending && this.#replies.length < MAX_QUEUED) this.#read();
        this.#replies.writeTo(this.#connection);
      } while (this.#unfinished && !this.#ending && this.#replies.length < MAX_QUEUED);
      return this.#replies.length > 0 || !this.#ending;
    } catch (error) {
      // A fault of ours ends the service, which is then started again.
      if (errorCode(error) === undefined) throw error;
      // The peer is gone, and with it whom to answer.
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #read(): void {
    const bytes = this.#unfinished ? EMPTY : this.#connection.read();
    this.#unfinished = false;
    if (bytes === undefined) {
      this.#ending = true;
      return;
    }
    try {
      for (const command of this.#parser.push(toByteString(bytes))) {
        this.#replies.push(fromByteString(encode(this.#answer(command))));
        // The rest of what was read waits until the client has taken some of its answers.
        this.#unfinished = this.#replies.length >= MAX_QUEUED;
        if (this.#unfinished || this.#ending) break;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const reply = encode({ tag: "error", text: `ERR Protocol error: ${error.message}` });
      this.#replies.push(fromByteString(reply));
      this.#ending = true;
    }
  }

  #answer(command: readonly string[]): Reply {
    if (command[0]?.toLowerCase() !== "quit") return execute(this.#database, command);
    this.#ending = true;
    return OK;
  }
}
