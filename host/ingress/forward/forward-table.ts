import { type Clock, SYSTEM_CLOCK } from "../../engine/clock.ts";
import { ForwardError } from "./error.ts";
import { Forward, type ForwardOptions, type ForwardScope, type ForwardStatus } from "./forward.ts";
import type { ForwardSpec } from "./forward-spec.ts";
import { OutsideTable } from "./outside-table.ts";
import type { Tuning } from "./tuning.ts";
import { ForwardRules, type ForwardRulesOptions } from "./rules.ts";

export interface ForwardTableOptions {
  /** Keeps guests away from a port of the machine, until the result is disposed. */
  readonly ownPort: ForwardScope["ownPort"];
  /** Told of what a person should know, in sentences. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Told of each forward when its addresses are bound, and when they are given up. */
  readonly onChange?: ((forward: ForwardStatus, isOpen: boolean) => void) | undefined;
  readonly rules?: ForwardRulesOptions | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * All forwards of one host, whoever asked for them, and who holds which outside address.
 * A forward ends when it is removed, when its time is over, or when its workload is gone for good; only in the last
 * case connections that are open may end by themselves, for as long as the workload lets them.
 */
export class ForwardTable implements AsyncDisposable {
  readonly #scope: ForwardScope;
  readonly #forwards = new Map<string, Entry>();
  /** Those whose workload is gone, as long as it lets connections end. */
  readonly #retired = new Set<Forward>();
  readonly #onChange: (forward: ForwardStatus, isOpen: boolean) => void;
  #closed = false;

  constructor({ ownPort, warn, onChange, rules, clock = SYSTEM_CLOCK }: ForwardTableOptions) {
    this.#onChange = (forward, isOpen) => onChange?.(forward, isOpen);
    this.#scope = {
      outsides: new OutsideTable(),
      rules: new ForwardRules(rules),
      clock,
      ownPort,
      warn: (message) => warn?.(message),
    };
  }

  /** Who holds which outside address; whatever else the host opens is claimed here too. */
  get outsides(): OutsideTable {
    return this.#scope.outsides;
  }

  /** Opens a forward; its addresses are bound when this resolves. Rejects with `ForwardError`. */
  async add(spec: ForwardSpec, options: ForwardOptions): Promise<ForwardStatus> {
    this.#check(options);
    const forward = await Forward.open(spec, options, this.#scope);
    try {
      // The workload or the host may have ended meanwhile.
      this.#check(options);
    } catch (error) {
      await forward[Symbol.asyncDispose]();
      throw error;
    }
    this.#forwards.set(forward.id, { forward, stopWatching: this.#watch(forward) });
    this.#onChange(forward.status, true);
    return forward.status;
  }

  /** All forwards, or those of one workload, the oldest first. */
  list(workload?: string): readonly ForwardStatus[] {
    const all = [...this.#forwards.values()].map(({ forward }) => forward);
    const some =
      workload === undefined ? all : all.filter((one) => one.options.workload === workload);
    return some.map(({ status }) => status);
  }

  get(id: string): ForwardStatus | undefined {
    return this.#forwards.get(id)?.forward.status;
  }

  /** Has a forward treat connections that come from now on in another way; nothing where there is no such forward. */
  tune(id: string, tuning: Tuning): void {
    this.#forwards.get(id)?.forward.tune(tuning);
  }

  /** Frees the addresses of a forward and resets what is open through it; false where there is no such forward. */
  async remove(id: string): Promise<boolean> {
    const entry = this.#forwards.get(id);
    if (entry === undefined) return false;
    this.#forwards.delete(id);
    entry.stopWatching();
    this.#onChange(entry.forward.status, false);
    await entry.forward[Symbol.asyncDispose]();
    return true;
  }

  /** Frees the addresses of a forward at once, and leaves what is open through it to the workload. */
  retire(id: string): void {
    const entry = this.#forwards.get(id);
    if (entry === undefined) return;
    const { forward } = entry;
    this.#forwards.delete(id);
    entry.stopWatching();
    this.#onChange(forward.status, false);
    this.#retired.add(forward);
    void forward.retire().then(() => this.#retired.delete(forward));
  }

  /** Removes all forwards of one workload. */
  async removeAll(workload: string): Promise<void> {
    await Promise.all(this.list(workload).map(({ id }) => this.remove(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const removed = [...this.#forwards.keys()].map((id) => this.remove(id));
    const ended = [...this.#retired].map((forward) => forward[Symbol.asyncDispose]());
    await Promise.all([...removed, ...ended]);
  }

  #check({ workload, wayIn }: ForwardOptions): void {
    if (this.#closed) throw new ForwardError("closed", "Cannot forward: the host is stopping");
    if (wayIn.closed) {
      throw new ForwardError("closed", `Cannot forward to workload ${workload}: it is gone`);
    }
  }

  /** Removes `forward` when its time is over or its workload gone; returns how to stop that. */
  #watch({ id, options: { ttl, wayIn } }: Forward): () => void {
    const { whenChanged } = wayIn;
    const onChange = (): void => {
      if (wayIn.closed) this.retire(id);
      else whenChanged.add(onChange);
    };
    whenChanged.add(onChange);
    let cancel: (() => void) | undefined;
    const wait = (left: number): void => {
      cancel = this.#scope.clock.after(Math.min(left, TIMER_MAX), () => {
        if (left <= TIMER_MAX) void this.remove(id);
        else wait(left - TIMER_MAX);
      });
    };
    if (ttl !== undefined) wait(ttl);
    return () => {
      whenChanged.delete(onChange);
      cancel?.();
    };
  }
}

/** The longest time that a timer of Node can wait, in milliseconds. */
const TIMER_MAX = 2 ** 31 - 1;

interface Entry {
  readonly forward: Forward;
  readonly stopWatching: () => void;
}
