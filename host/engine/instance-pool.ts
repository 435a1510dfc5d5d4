import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { EngineError } from "./error.ts";
import { Overflow } from "./overflow.ts";
import type { SpareTime } from "./spare-time.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface InstancePoolOptions<I extends Disposable> {
  /** Makes an instance; what it throws reaches a caller that waits for one. */
  readonly create: () => I | Promise<I>;
  /** Instances kept for further calls; 0 makes a fresh one for each call. */
  readonly poolSize: number;
  /** Calls after which an instance is replaced; 0 never does. */
  readonly maxInvocations: number;
  /** Instances alive at once, busy ones included; 64 if it is not given. */
  readonly maxInstances?: number;
  /** Calls that may wait for an instance; 1024 if it is not given. */
  readonly maxWaiting?: number;
  /** Milliseconds that a call waits before an instance beyond `poolSize` is made; 20 if not given. */
  readonly overflowAfter?: number;
  /** Whether more at once would help; if it is not given, it always would. */
  readonly spareTime?: SpareTime;
  readonly clock?: Clock;
}

/** The right to make one call of an instance. */
export interface Lease<I> extends Disposable {
  readonly instance: I;
  /** Gives a healthy instance back. Ending a lease twice does nothing. */
  release(): void;
  /** Drops the instance: its call rejected, trapped or timed out. */
  discard(): void;
  /** `discard()`, unless the lease has ended. */
  [Symbol.dispose](): void;
}

/** An instance of the pool, and how often it was leased. */
interface Slot<I> {
  readonly instance: I;
  invocations: number;
}

const MAX_INSTANCES = 64;
const MAX_WAITING = 1024;

/**
 * The instances of one component, each of which serves one call at a time.
 * Calls are served in the order in which they asked. When all of the pool are busy, the
 * first call has waited long enough and the thread has time to spare, some more are made,
 * reused while calls wait, and dropped when none does.
 */
export class InstancePool<I extends Disposable> implements Disposable {
  readonly #create: () => I | Promise<I>;
  readonly #poolSize: number;
  readonly #maxInvocations: number;
  readonly #maxInstances: number;
  readonly #maxWaiting: number;
  readonly #overflow: Overflow;
  readonly #slots = new Set<Slot<I>>();
  readonly #idle: Slot<I>[] = [];
  readonly #waiting: WaitQueue<Lease<I>>;
  #creating = 0;
  #created = 0;
  #discarded = 0;
  #closed = false;

  constructor(options: InstancePoolOptions<I>) {
    this.#create = options.create;
    this.#maxInstances = options.maxInstances ?? MAX_INSTANCES;
    this.#poolSize = Math.min(options.poolSize, this.#maxInstances);
    this.#maxInvocations = options.maxInvocations;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
    const { clock = SYSTEM_CLOCK, overflowAfter, spareTime } = options;
    this.#waiting = new WaitQueue(clock);
    this.#overflow = new Overflow({
      clock,
      after: overflowAfter,
      spareTime,
      waited: () => this.#waiting.waited(),
      mayBegin: () => this.#mayOverflow(),
      begin: () => this.#begin(),
    });
  }

  /** Instances that exist or are being made. */
  get live(): number {
    return this.#slots.size + this.#creating;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get busy(): number {
    return this.#slots.size - this.#idle.length;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Instances made since the pool exists. */
  get created(): number {
    return this.#created;
  }

  /** Instances disposed since the pool exists, for whatever reason. */
  get discarded(): number {
    return this.#discarded;
  }

  /**
   * Waits for an instance.
   *
   * @throws EngineError `pool-exhausted` at once if too many calls wait already, `closed`;
   *   what `create` throws; the reason of `signal`.
   */
  async acquire(signal?: AbortSignal): Promise<Lease<I>> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    // Idle instances and waiting calls never exist side by side.
    const slot = this.#idle.pop();
    if (slot !== undefined) return this.#lease(slot);
    if (!this.#mayCreate() && this.#maxWaiting <= this.#waiting.size) {
      throw new EngineError(
        "pool-exhausted",
        `Cannot lease an instance: ${this.#waiting.size} calls are waiting for ${this.live} instances`,
      );
    }
    const lease = this.#waiting.add(signal);
    this.#serve();
    return lease;
  }

  /** Ends all waiting calls with `closed` and disposes all instances, busy ones included. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#overflow[Symbol.dispose]();
    this.#waiting.rejectAll(closedError());
    this.#idle.length = 0;
    using instances = new DisposableStack();
    for (const slot of this.#slots) instances.use(slot.instance);
    this.#discarded += this.#slots.size;
    this.#slots.clear();
  }

  #mayCreate(): boolean {
    return this.live < (this.#poolSize === 0 ? this.#maxInstances : this.#poolSize);
  }

  #lease(slot: Slot<I>): Lease<I> {
    slot.invocations += 1;
    let ended = false;
    const end = (healthy: boolean): void => {
      if (ended) return;
      ended = true;
      this.#return(slot, healthy);
    };
    return {
      instance: slot.instance,
      release: () => end(true),
      discard: () => end(false),
      [Symbol.dispose]: () => end(false),
    };
  }

  #return(slot: Slot<I>, healthy: boolean): void {
    if (!this.#slots.has(slot)) return;
    this.#overflow.returned();
    const reusable =
      healthy &&
      this.#poolSize !== 0 &&
      (this.#maxInvocations === 0 || slot.invocations < this.#maxInvocations);
    try {
      if (reusable) this.#offer(slot);
      else this.#drop(slot);
    } finally {
      this.#serve();
    }
  }

  /** Hands an instance to the call that waits for longest, or keeps it if there is room. */
  #offer(slot: Slot<I>): void {
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) waiter.resolve(this.#lease(slot));
    else if (this.#poolSize < this.live) this.#drop(slot);
    else this.#idle.push(slot);
  }

  #drop(slot: Slot<I>): void {
    this.#slots.delete(slot);
    this.#discarded += 1;
    slot.instance[Symbol.dispose]();
  }

  /** Makes instances for calls that wait, as far as the limits allow. */
  #serve(): void {
    if (this.#closed) return;
    while (this.#creating < this.#waiting.size && this.#mayCreate()) this.#begin();
    this.#overflow.schedule();
  }

  #begin(): void {
    this.#creating += 1;
    let made: I | Promise<I>;
    try {
      made = this.#create();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (made instanceof Promise) void this.#finish(made);
    else this.#made(made);
  }

  async #finish(made: Promise<I>): Promise<void> {
    let instance: I;
    try {
      instance = await made;
    } catch (error) {
      this.#failed(error);
      this.#serve();
      return;
    }
    this.#made(instance);
    this.#serve();
  }

  #made(instance: I): void {
    this.#creating -= 1;
    this.#created += 1;
    const slot: Slot<I> = { instance, invocations: 0 };
    this.#slots.add(slot);
    if (this.#closed) this.#drop(slot);
    else this.#offer(slot);
  }

  #failed(error: unknown): void {
    this.#creating -= 1;
    this.#waiting.shift()?.reject(error);
  }

  #mayOverflow(): boolean {
    return (
      this.#poolSize !== 0 && this.live < this.#maxInstances && this.#creating < this.#waiting.size
    );
  }
}

function closedError(): EngineError {
  return new EngineError("closed", "Cannot lease an instance: the pool is closed");
}
