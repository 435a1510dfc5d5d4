import type { Pollable } from "wasi:io/poll@0.2.12";
import { ByteQueue } from "./lib/byte-queue.ts";
import { errorCode } from "./lib/io.ts";
import type { Session } from "./lib/serve-tcp.ts";
import type { Connection } from "./lib/tcp.ts";
import { RequestError, RequestParser } from "./request-parser.ts";
import { format, respond, type Site } from "./response.ts";

/** Answers that wait for a slow reader, in bytes; past this, its requests are not read. */
const MAX_QUEUED = 256 * 1024;

/** One client's connection. */
export class WebSession implements Session {
  readonly #connection: Connection;
  readonly #site: Site;
  readonly #parser = new RequestParser();
  readonly #answers = new ByteQueue();
  /** Nothing more is read; what was answered is still sent. */
  #ending = false;

  constructor(connection: Connection, site: Site) {
    this.#connection = connection;
    this.#site = site;
  }

  *waitsFor(): Iterable<Pollable> {
    if (!this.#ending && this.#answers.length < MAX_QUEUED) yield this.#connection.readable;
    if (this.#answers.length > 0) yield this.#connection.writable;
  }

  advance(): boolean {
    try {
      if (!this.#ending && this.#answers.length < MAX_QUEUED) this.#read();
      this.#answers.writeTo(this.#connection);
      return this.#answers.length > 0 || !this.#ending;
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
    const bytes = this.#connection.read();
    if (bytes === undefined) {
      this.#ending = true;
      return;
    }
    try {
      for (const request of this.#parser.push(toText(bytes))) {
        this.#send(respond(request, this.#site));
        this.#ending = !request.keepAlive;
        if (this.#ending) return;
      }
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#send(format(error.status, `${error.message}\n`, false));
      this.#ending = true;
    }
  }

  #send(text: string): void {
    this.#answers.push(new TextEncoder().encode(text));
  }
}

/** Characters that one call of `String.fromCharCode` takes. */
const PIECE = 8192;

/** As Latin-1, which every sequence of bytes is. */
function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text;
}
