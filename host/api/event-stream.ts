import type { ServerResponse } from "node:http";

/** One event of a stream, as server-sent events have them (WHATWG HTML §9.2). */
export interface StreamEvent {
  /** What it is; clients that do not know it leave it out. */
  readonly event: string;
  /** Sent as JSON. */
  readonly data: unknown;
  /** What a client gives back as `Last-Event-ID` to go on behind it. */
  readonly id?: string | undefined;
}

/**
 * A stream of events to one client. Events wait for a slow reader up to a bound; then it is cut, and the last that it
 * is sent is the event `cut`. It ends when its client goes away, and gives back what was `use`d for it.
 */
export class EventStream implements Disposable {
  readonly #response: ServerResponse;
  readonly #bufferMax: number;
  readonly #resources = new DisposableStack();
  readonly #waiting: string[] = [];
  #waitingBytes = 0;
  /** What goes before `#waiting`, taken only as fast as it is read. */
  #history: Iterator<StreamEvent> | undefined;
  #isOver = false;

  /** Sends the head. `bufferMax` is the number of bytes that wait for a slow reader at most. */
  constructor(response: ServerResponse, bufferMax: number) {
    this.#response = response;
    this.#bufferMax = bufferMax;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.flushHeaders();
    response.on("drain", () => this.#pump());
    response.on("error", () => this[Symbol.dispose]());
    response.on("close", () => this[Symbol.dispose]());
    const heartbeat = setInterval(() => {
      if (!this.#isOver && !response.writableNeedDrain) response.write(":\n\n");
    }, HEARTBEAT);
    heartbeat.unref();
    this.#resources.defer(() => clearInterval(heartbeat));
    // A client that went away before has been told of already.
    if (response.destroyed) this[Symbol.dispose]();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Disposes of `resource` once the stream is over, at once where it is. */
  use(resource: Disposable): void {
    this.defer(() => resource[Symbol.dispose]());
  }

  /** Calls `action` once the stream is over, at once where it is. */
  defer(action: () => void): void {
    if (this.#isOver) action();
    else this.#resources.defer(action);
  }

  /** Sends events from before the stream began, in front of all others; to be called once. */
  sendHistory(events: Iterable<StreamEvent>): void {
    this.#history = events[Symbol.iterator]();
    this.#pump();
  }

  send(event: StreamEvent): void {
    if (this.#isOver) return;
    const text = format(event);
    this.#waiting.push(text);
    this.#waitingBytes += Buffer.byteLength(text);
    this.#pump();
    if (this.#waitingBytes <= this.#bufferMax) return;
    const reason = `More than ${this.#bufferMax} bytes waited for the reader`;
    this.#finish({ event: "cut", data: { reason } });
  }

  /** Sends what waits, then the event `end` with a reason for people, and closes. */
  end(reason: string): void {
    this.#finish({ event: "end", data: { reason } });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#history = undefined;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#resources.dispose();
  }

  #pump(): void {
    while (!this.#isOver && !this.#response.writableNeedDrain) {
      const text = this.#next();
      if (text === undefined) return;
      this.#response.write(text);
    }
  }

  #next(): string | undefined {
    const past = this.#history?.next();
    if (past !== undefined && past.done !== true) return format(past.value);
    this.#history = undefined;
    const text = this.#waiting.shift();
    this.#waitingBytes -= Buffer.byteLength(text ?? "");
    return text;
  }

  *#rest(): Generator<string> {
    for (let text = this.#next(); text !== undefined; text = this.#next()) yield text;
  }

  #finish(last: StreamEvent): void {
    if (this.#isOver) return;
    const rest = last.event === "end" ? this.#rest() : [];
    this.#response.end([...rest, format(last)].join(""));
    this[Symbol.dispose]();
    const response = this.#response;
    const timer = setTimeout(() => response.destroy(), LAST_WORDS);
    timer.unref();
    response.on("close", () => clearTimeout(timer));
  }
}

/** Milliseconds between signs of life, so that both ends learn of a broken connection. */
const HEARTBEAT = 15_000;

/** Milliseconds that a client has to read how its stream ended. */
const LAST_WORDS = 10_000;

/** JSON has no line breaks outside of its strings, and those are escaped. */
function format({ event, data, id }: StreamEvent): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
