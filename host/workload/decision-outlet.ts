import type { DecisionEntry } from "../../policy/decision-log.ts";
import type { CountedDecision } from "../bridge/message-to-main.ts";

/** Milliseconds for which decisions are collected before the main thread hears of them. */
const PAUSE = 50;

/** How many different decisions are collected at a time; a guest that makes more of them is not told of all. */
const BATCH_MAX = 256;

/** Collects the decisions that are made in a cell, equal ones counted together, and sends them some at a time. */
export class DecisionOutlet implements Disposable {
  readonly #send: (decisions: readonly CountedDecision[]) => void;
  #batch = new Map<string, { readonly entry: DecisionEntry; count: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (decisions: readonly CountedDecision[]) => void) {
    this.#send = send;
  }

  add(entry: DecisionEntry): void {
    const { guest, use, address, name, rule, outcome } = entry;
    const key = JSON.stringify([guest, use, address, name?.slice(0, NAME_MAX), rule, outcome]);
    const known = this.#batch.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#batch.size < BATCH_MAX) this.#batch.set(key, { entry, count: 1 });
    this.#timer ??= setTimeout(() => this.flush(), PAUSE).unref();
  }

  /** Sends what was collected, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.size === 0) return;
    const decisions = [...this.#batch.values()];
    this.#batch = new Map();
    this.#send(decisions);
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}

/** RFC 1035 §2.3.4. */
const NAME_MAX = 255;
