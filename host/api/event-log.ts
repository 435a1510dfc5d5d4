import type { HostOperations } from "../operations.ts";
import type { StreamEvent } from "./event-stream.ts";
import { type LoggedEvent, toEventResource } from "./resource/event.ts";

/** The latest events of a host, numbered, for clients that come back; it forgets the oldest. */
export class EventLog implements Disposable {
  readonly #host: string;
  readonly #limit: number;
  readonly #events: StreamEvent[] = [];
  readonly #listeners = new Set<(entry: StreamEvent, event: LoggedEvent) => void>();
  readonly #subscription: Disposable;
  /** The number of events that were forgotten. */
  #first = 0;

  constructor(host: Pick<HostOperations, "id" | "watch">, limit: number = EVENTS_MAX) {
    this.#host = host.id;
    this.#limit = limit;
    this.#subscription = host.watch((event) => {
      if (event.tag !== "log") this.#add(event);
    });
  }

  /**
   * The events behind the one with this ID; all that are remembered without one, or with one of another host.
   * The first is `gap` where some of them are forgotten.
   */
  *after(lastId: string | undefined): Generator<StreamEvent> {
    const next = lastId === undefined ? undefined : this.#position(lastId);
    if (next !== undefined && next < this.#first) {
      yield { event: "gap", data: { missed: this.#first - next } };
    }
    // What is forgotten while this is read is not to be told twice, nor left out.
    yield* this.#events.slice(Math.max(0, (next ?? 0) - this.#first));
  }

  /** Calls `listener` with what happens from now on. */
  follow(listener: (entry: StreamEvent, event: LoggedEvent) => void): Disposable {
    const stack = new DisposableStack();
    this.#listeners.add(listener);
    stack.defer(() => this.#listeners.delete(listener));
    return stack;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#listeners.clear();
  }

  #add(event: LoggedEvent): void {
    const entry: StreamEvent = {
      id: `${this.#host}.${this.#first + this.#events.length}`,
      event: event.tag,
      data: toEventResource(event, new Date()),
    };
    this.#events.push(entry);
    if (this.#events.length > this.#limit) {
      this.#events.shift();
      this.#first += 1;
    }
    for (const listener of this.#listeners) listener(entry, event);
  }

  /** The number of the event behind the one with this ID. */
  #position(id: string): number | undefined {
    const dot = id.lastIndexOf(".");
    const number = Number(id.slice(dot + 1));
    if (id.slice(0, dot) !== this.#host || !Number.isSafeInteger(number)) return undefined;
    return number + 1;
  }
}

/** Enough for a client that lost its connection to come back. */
const EVENTS_MAX = 1000;
