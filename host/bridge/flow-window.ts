import { LinkError } from "./error.ts";
import type { FlowMessage } from "./message-to-cell.ts";

/** What the datagrams of all flows of a link and direction may count while they are under way. */
export const FLOW_WINDOW: number = 1024 * 1024;

/**
 * What a small datagram counts, however small. All that are under way may come in one turn of the other thread's loop,
 * and handling one costs about the same whatever its size: so there are at most 1024 of them, and some 700 of 1500 bytes.
 */
const DATAGRAM_COST_MIN = 1024;

/** What a window needs of the link that carries the datagrams. */
export interface FlowPort {
  send(message: FlowMessage, transfer?: ArrayBuffer): void;
  beforeFlush(make: () => void): void;
}

/** Datagrams under way on a link. They never wait: what exceeds the window is dropped by who would send it. */
export class FlowWindow {
  readonly #port: FlowPort;
  #credit = FLOW_WINDOW;
  #owed = 0;

  constructor(port: FlowPort) {
    this.#port = port;
  }

  /** Sends a copy of `data`; false where the window is full. */
  send(id: number, data: Uint8Array): boolean {
    const cost = costOf(data);
    if (cost > this.#credit) return false;
    this.#credit -= cost;
    this.#port.send({ tag: "flow-data", id, bytes: new Uint8Array(data) });
    return true;
  }

  /** Counts a datagram that came, to be credited with the next batch. Throws `LinkError` for what exceeds the window. */
  receive(data: unknown): Uint8Array {
    if (!(data instanceof Uint8Array) || this.#owed + costOf(data) > FLOW_WINDOW) {
      throw new LinkError("protocol-violation", "The other end sent datagrams beyond its credit");
    }
    if (this.#owed === 0) {
      this.#port.beforeFlush(() => {
        this.#port.send({ tag: "flow-credit", cost: this.#owed });
        this.#owed = 0;
      });
    }
    this.#owed += costOf(data);
    return data;
  }

  /** The other end handled what counts `cost`. Throws `LinkError` for more than it was sent. */
  receiveCredit(cost: number): void {
    if (!Number.isInteger(cost) || cost <= 0 || this.#credit + cost > FLOW_WINDOW) {
      throw new LinkError("protocol-violation", `Datagrams got a credit of ${cost}`);
    }
    this.#credit += cost;
  }
}

function costOf({ length }: Uint8Array): number {
  return Math.max(length, DATAGRAM_COST_MIN);
}
