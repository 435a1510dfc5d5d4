import { WaitList } from "../../network/wait-list.ts";

/**
 * A point on the monotonic clock that can be waited for.
 * The timer is set when somebody first waits, not when the guest subscribes:
 * most timeouts are never waited for, because what they guard comes first.
 */
export class Timer {
  readonly #deadline: bigint;
  readonly #waitList: TimerWaitList;

  /** `deadline` is in nanoseconds of `process.hrtime`; it may lie in the past or centuries ahead. */
  constructor(deadline: bigint) {
    this.#deadline = deadline;
    this.#waitList = new TimerWaitList(deadline);
  }

  /** Whether the deadline has passed. */
  get ready(): boolean {
    return process.hrtime.bigint() >= this.#deadline;
  }

  /** Notified once the deadline has passed. */
  get waitList(): WaitList {
    return this.#waitList;
  }

  /** Clears the timer; who still waits is not called. */
  drop(): void {
    this.#waitList.disarm();
  }
}

/** The longest delay that `setTimeout` takes; with more it fires at once, which would be a busy loop. */
const DELAY_MAX = 2 ** 31 - 1;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

class TimerWaitList extends WaitList {
  readonly #deadline: bigint;
  #timeout: NodeJS.Timeout | undefined;

  constructor(deadline: bigint) {
    super();
    this.#deadline = deadline;
  }

  override add(waiter: () => void): void {
    super.add(waiter);
    if (this.#timeout === undefined) this.#arm();
  }

  disarm(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  #arm(): void {
    const left = this.#deadline - process.hrtime.bigint();
    // Rounded up: a timer that fires early would find the deadline still ahead and have to be set again.
    const delay = Number(left / NANOSECONDS_PER_MILLISECOND) + 1;
    this.#timeout = setTimeout(() => this.#fire(), Math.max(1, Math.min(delay, DELAY_MAX)));
  }

  #fire(): void {
    this.#timeout = undefined;
    // Nobody left to wake: whoever waits next sets the timer again.
    if (this.isEmpty) return;
    if (process.hrtime.bigint() < this.#deadline) this.#arm();
    else this.notify();
  }
}
