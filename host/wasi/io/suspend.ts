import type { WaitList } from "../../network/wait-list.ts";
import type { Turn } from "./turn.ts";

/** Something that can be waited for. It may be ready, become unready and be ready again. */
export interface Condition {
  readonly ready: boolean;
  /** Notified when `ready` becomes true; a notice too many does no harm. */
  readonly waitList: WaitList;
}

/** What `finish` returns to wait once more, for which its condition must have become unready. */
export const AGAIN: unique symbol = Symbol("again");

/** Answers a guest that goes on. */
export type Finish<T> = () => T | typeof AGAIN;

/**
 * Makes the promises on which one guest's stack is suspended. It has one stack, rarely more,
 * so what a wait needs is made once and used for the next one too.
 */
export class Suspender {
  readonly #turn: Turn;
  readonly #suspensions: Suspension[] = [];
  #reason: Error | undefined;
  #waits = 0;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** How often the guest waited so far, or found what it would have waited for, or was called. */
  get waits(): number {
    return this.#waits;
  }

  /** Counts a wait that was over at once. */
  countWait(): void {
    this.#waits += 1;
  }

  /**
   * Waits until one of `conditions` is ready, then answers with `finish()`, all in one promise.
   * It rejects where `finish` throws and after `cancel`; both end the guest's call.
   */
  until<T>(conditions: readonly Condition[], finish: Finish<T>): Promise<T> {
    this.#waits += 1;
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined) reject(this.#reason);
      else this.#idle().start(conditions, { finish, resolve, reject });
    });
  }

  /** Rejects everything that waits, now and from now on, with `reason`. */
  cancel(reason: Error): void {
    this.#reason = reason;
    for (const suspension of this.#suspensions) suspension.cancel(reason);
  }

  #idle(): Suspension {
    for (const suspension of this.#suspensions) if (!suspension.active) return suspension;
    const suspension = new Suspension(this.#turn);
    this.#suspensions.push(suspension);
    return suspension;
  }
}

/** How a wait ends: `resolve` gets what `finish` answers. */
interface Ending<T> {
  finish(): T | typeof AGAIN;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

class Suspension {
  readonly #turn: Turn;
  readonly #notified = (): void => this.#onNotice();
  readonly #resumed = (): void => this.#onTurn();
  #conditions: readonly Condition[] = NOTHING;
  #ending: Ending<unknown> | undefined;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  get active(): boolean {
    return this.#ending !== undefined;
  }

  start(conditions: readonly Condition[], ending: Ending<unknown>): void {
    this.#conditions = conditions;
    this.#ending = ending;
    this.#listen();
  }

  cancel(reason: Error): void {
    this.#unlisten();
    this.#stop()?.reject(reason);
  }

  #stop(): Ending<unknown> | undefined {
    const ending = this.#ending;
    this.#conditions = NOTHING;
    this.#ending = undefined;
    return ending;
  }

  #listen(): void {
    for (const condition of this.#conditions) condition.waitList.add(this.#notified);
  }

  #unlisten(): void {
    for (const condition of this.#conditions) condition.waitList.delete(this.#notified);
  }

  #isReady(): boolean {
    for (const condition of this.#conditions) if (condition.ready) return true;
    return false;
  }

  #onNotice(): void {
    if (!this.#isReady()) {
      this.#listen();
      return;
    }
    if (this.#conditions.length > 1) this.#unlisten();
    this.#turn.resume(this.#resumed);
  }

  /** The turn may come later than the notice, and somebody else be faster: then it waits anew. */
  #onTurn(): void {
    const ending = this.#ending;
    if (ending === undefined) return;
    try {
      while (this.#isReady()) {
        const result = ending.finish();
        if (result === AGAIN) continue;
        this.#stop();
        ending.resolve(result);
        return;
      }
      this.#listen();
    } catch (error) {
      this.#stop();
      ending.reject(error);
    }
  }
}

const NOTHING: readonly Condition[] = [];
