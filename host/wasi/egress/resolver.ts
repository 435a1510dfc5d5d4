import { SocketError } from "../../network/error.ts";
import type { NetworkQuota } from "../../network/quota.ts";
import { abortable } from "./abortable.ts";

/** What a name resolved to. */
export interface ResolvedAddress {
  /** An IPv4 or IPv6 address, without a zone. */
  readonly address: string;
  /** Milliseconds for which the answer holds; undefined where the source does not say. */
  readonly lifetime: number | undefined;
}

/**
 * Resolves a host name, in the order of preference; an empty list means that the name has no address.
 * Never blocks the thread. Rejects with `SocketError`: `name-unresolvable`, `temporary-resolver-failure`,
 * `permanent-resolver-failure`; or with the signal's reason.
 */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>;

/** How many lookups are under way at a time; the system's resolver has two threads for all of the process. */
const CONCURRENCY = 4;

/** How many wait behind those. A guest that asks for more gets `temporary-resolver-failure`. */
const QUEUE_MAX = 256;

/** Milliseconds after which a lookup fails with `temporary-resolver-failure`, waiting included. */
const LOOKUP_TIMEOUT = 20_000;

/** What a resolver may be built with. */
export interface ResolverOptions {
  readonly quota: NetworkQuota;
  readonly concurrency?: number | undefined;
  /** Replaces 20 seconds. */
  readonly timeout?: number | undefined;
}

/** Looks names up for the guests of one cell: bounded in number and time. */
export class Resolver {
  readonly #resolve: Resolve;
  readonly #quota: NetworkQuota;
  readonly #concurrency: number;
  readonly #timeout: number;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(resolve: Resolve, { quota, concurrency, timeout }: ResolverOptions) {
    this.#resolve = resolve;
    this.#quota = quota;
    this.#concurrency = concurrency ?? CONCURRENCY;
    this.#timeout = timeout ?? LOOKUP_TIMEOUT;
  }

  /** Lookups that are under way or wait for their turn. */
  get size(): number {
    return this.#running + this.#queue.length;
  }

  /** As `Resolve`; every failure is a `SocketError`, except for the signal's reason. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
    signal.throwIfAborted();
    if (this.#queue.length >= QUEUE_MAX || !this.#quota.acquire("lookup", 1)) {
      throw temporary(name, "too many lookups are under way");
    }
    try {
      const timeout = AbortSignal.timeout(this.#timeout);
      const either = AbortSignal.any([signal, timeout]);
      try {
        return await this.#run(name, either);
      } catch (error) {
        signal.throwIfAborted();
        if (timeout.aborted) throw temporary(name, `no answer within ${this.#timeout} ms`);
        throw error instanceof SocketError ? error : permanent(name, error);
      }
    } finally {
      this.#quota.release("lookup", 1);
    }
  }

  /** A lookup keeps its place until it has really ended: the system's resolver cannot be stopped. */
  async #run(name: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
    await this.#enter(signal);
    const leave = (): void => this.#leave();
    if (signal.aborted) leave();
    signal.throwIfAborted();
    const answer = this.#resolve(name, signal);
    answer.then(leave, leave);
    return await abortable(answer, signal);
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push(resolve);
    try {
      await abortable(promise, signal);
    } catch (error) {
      const index = this.#queue.indexOf(resolve);
      if (index === -1) this.#leave();
      else this.#queue.splice(index, 1);
      throw error;
    }
  }

  /** The place goes to whoever waits longest. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}

function temporary(name: string, reason: string): SocketError {
  return new SocketError("temporary-resolver-failure", `Cannot resolve ${name}: ${reason}`);
}

function permanent(name: string, cause: unknown): SocketError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SocketError("permanent-resolver-failure", `Cannot resolve ${name}: ${reason}`, {
    cause,
  });
}
