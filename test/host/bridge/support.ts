import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { ByteSource } from "../../../host/network/byte-stream.ts";
import { WaitList } from "../../../host/network/wait-list.ts";
import type { Body, FieldList, HttpRequest } from "../../../host/wasi/http/message.ts";
import { CellEnd } from "../../../host/bridge/cell-end.ts";
import type { LinkError } from "../../../host/bridge/error.ts";
import type { HttpHandler } from "../../../host/bridge/http-server.ts";
import { type CellReport, MainEnd } from "../../../host/bridge/main-end.ts";

/** Both ends of a bridge over a real channel, with `handleHttp` in the cell. */
export class Bridge implements Disposable {
  readonly main: MainEnd;
  readonly cell: CellEnd;
  readonly mainEnded: Promise<LinkError>;
  readonly cellEnded: Promise<LinkError>;

  constructor(handleHttp: HttpHandler) {
    const { port1, port2 } = new MessageChannel();
    const mainEnded = Promise.withResolvers<LinkError>();
    const cellEnded = Promise.withResolvers<LinkError>();
    this.main = new MainEnd(port1, { report: () => {}, ended: mainEnded.resolve });
    this.cell = new CellEnd(port2, { command: () => {}, handleHttp, ended: cellEnded.resolve });
    this.mainEnded = mainEnded.promise;
    this.cellEnded = cellEnded.promise;
  }

  [Symbol.dispose](): void {
    this.main[Symbol.dispose]();
    this.cell[Symbol.dispose]();
  }
}

/** A main end whose cell is a bare port: what it sends is up to the test. */
export class BareCell implements Disposable {
  readonly main: MainEnd;
  readonly port: MessagePort;
  readonly reports: CellReport[] = [];
  /** Every message that the main end sent. */
  readonly received: { readonly tag: string; readonly [key: string]: unknown }[] = [];
  readonly ended: Promise<LinkError>;
  #more = new WaitList();

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const ended = Promise.withResolvers<LinkError>();
    this.main = new MainEnd(port1, {
      report: (report) => this.reports.push(report),
      ended: ended.resolve,
    });
    this.port = port2;
    this.ended = ended.promise;
    port2.on("message", (batch: ({ tag: string } | { plain: string })[]) => {
      for (const message of batch) {
        if ("plain" in message) this.received.push(...JSON.parse(message.plain));
        else this.received.push(message);
      }
      this.#more.notify();
    });
  }

  send(...batch: unknown[]): void {
    this.port.postMessage(batch, []);
  }

  /** Waits until the main end sent a message with `tag` and returns it. */
  async message(tag: string): Promise<{ readonly [key: string]: unknown }> {
    for (;;) {
      const found = this.received.find((message) => message.tag === tag);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#more.add(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.main[Symbol.dispose]();
    this.port.close();
  }
}

/** A body that a test feeds by hand. */
export class TestBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  trailers: FieldList | undefined;
  failure: Error | undefined;
  cancelled = false;
  readonly whenCancelled: WaitList = new WaitList();
  #chunks: Uint8Array[] = [];
  #ended = false;

  get available(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get ended(): boolean {
    return this.failure !== undefined || (this.#ended && this.available === 0);
  }

  feed(bytes: Uint8Array | string): this {
    this.#chunks.push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    this.whenReadable.notify();
    return this;
  }

  end(trailers?: FieldList): this {
    this.#ended = true;
    this.trailers = trailers;
    this.whenReadable.notify();
    return this;
  }

  fail(failure: Error): void {
    this.failure = failure;
    this.#chunks = [];
    this.whenReadable.notify();
  }

  readInto(target: Uint8Array): number {
    const first = this.#chunks[0];
    if (first === undefined) return 0;
    const count = Math.min(first.length, target.length);
    target.set(first.subarray(0, count));
    if (count === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
    return count < target.length ? count + this.readInto(target.subarray(count)) : count;
  }

  cancel(): void {
    this.cancelled = true;
    this.#chunks = [];
    this.#ended = true;
    this.whenCancelled.notify();
  }
}

export function request(body?: Body, path = "/"): HttpRequest {
  return {
    head: {
      method: body === undefined ? "GET" : "POST",
      scheme: "http",
      authority: "a.localhost",
      pathWithQuery: path,
      headers: [["accept", "*/*"]],
    },
    body,
  };
}

/** Waits until `condition` holds, looking once a turn of the loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Reads `source` to its end; throws its failure. */
export async function readAll(source: ByteSource | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  while (source !== undefined && !source.ended) {
    if (source.available === 0) {
      await new Promise<void>((resolve) => source.whenReadable.add(resolve));
      continue;
    }
    const chunk = new Uint8Array(source.available);
    source.readInto(chunk);
    chunks.push(chunk);
  }
  if (source?.failure !== undefined) throw source.failure;
  return Buffer.concat(chunks);
}

export async function readText(source: ByteSource | undefined): Promise<string> {
  return new TextDecoder().decode(await readAll(source));
}
