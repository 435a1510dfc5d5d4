import type { NetworkQuota } from "../../../network/quota.ts";
import { HttpError } from "../error-code.ts";

/** What a connection takes from the quota of its workload: those of the virtual network count there. */
export type SlotCost = 0 | 1;

/** Bounds the connections that are open at a time. */
export class ConnectionSlots {
  readonly #max: number;
  readonly #timeout: number;
  readonly #quota: NetworkQuota;
  readonly #onFull: () => void;
  readonly #waiting = new Set<() => void>();
  #used = 0;

  /**
   * At most `max` connections, which may take a `connection` from `quota` as well. Whoever finds none waits for
   * `timeout` milliseconds; `onFull` is called then and may close what is idle.
   */
  constructor(
    { max, timeout, quota }: { max: number; timeout: number; quota: NetworkQuota },
    onFull: () => void,
  ) {
    this.#max = max;
    this.#timeout = timeout;
    this.#quota = quota;
    this.#onFull = onFull;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether somebody waits for one. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** Takes one, to be disposed. Rejects with the `HttpError` `connection-limit-reached`. */
  async acquire(cost: SlotCost): Promise<Disposable> {
    const deadline = performance.now() + this.#timeout;
    while (!this.#take(cost)) {
      this.#onFull();
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new HttpError(
          { tag: "connection-limit-reached" },
          `Cannot connect: ${this.#used} connections are open already`,
        );
      }
      await this.#change(left);
    }
    const slot = new DisposableStack();
    slot.defer(() => {
      this.#used -= 1;
      if (cost > 0) this.#quota.release("connection", cost);
      const [next] = this.#waiting;
      next?.();
    });
    return slot;
  }

  #take(cost: SlotCost): boolean {
    if (this.#used >= this.#max) return false;
    if (cost > 0 && !this.#quota.acquire("connection", cost)) return false;
    this.#used += 1;
    return true;
  }

  #change(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeout);
      this.#waiting.add(wake);
    });
  }
}
