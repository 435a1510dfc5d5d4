import { STREAM_FLOOR, type StreamBudget } from "./stream-budget.ts";

/** What one stream has of the budget of its end. All counts are bytes. */
export class StreamShare {
  readonly #budget: StreamBudget;
  /** Room that the next bytes are read into. */
  #reserved = 0;
  /** Bytes that wait outside for capacity. */
  #waiting = 0;
  #counted = 0;
  /** Whether the last `capacity` was less than the credit. */
  #isLimited = false;
  #hasEnded = false;

  constructor(budget: StreamBudget) {
    this.#budget = budget;
  }

  /** What is counted behind the end: the reader has it still. */
  get unread(): number {
    return this.#hasEnded && this.#counted > STREAM_FLOOR ? this.#counted : 0;
  }

  /** How much of its `credit` the stream may use that has `underWay`. What was reserved is had in any case. */
  capacity(underWay: number, credit: number): number {
    const allowance = this.#budget.allowance(underWay, credit);
    const capacity = Math.max(allowance, Math.min(credit, this.#reserved));
    this.#setLimited(capacity < credit);
    return capacity;
  }

  /** Whether the budget has `count` bytes more for the stream that has `underWay`. */
  has(underWay: number, count: number): boolean {
    return this.#budget.allowance(underWay, count) === count;
  }

  /** The stream has `underWay`, with room reserved for `reserved` and `waiting` outside; those stay where left out. */
  count(
    underWay: number,
    reserved: number = this.#reserved,
    waiting: number = this.#waiting,
  ): void {
    this.#reserved = reserved;
    this.#waiting = waiting;
    const counted = underWay + reserved + waiting;
    this.#budget.count(this.#counted, counted);
    this.#counted = counted;
  }

  /** Nothing more is written; the reader has `unread`. */
  end(unread: number): void {
    this.#hasEnded = true;
    this.#setLimited(false);
    this.count(unread, 0, 0);
  }

  #setLimited(isLimited: boolean): void {
    if (isLimited === this.#isLimited) return;
    this.#isLimited = isLimited;
    this.#budget.countLimited(isLimited ? 1 : -1);
  }
}
