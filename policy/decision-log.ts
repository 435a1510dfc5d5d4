import { cutText } from "./cut-text.ts";
import type { Outcome } from "./decision.ts";
import type { Use } from "./policy.ts";
import type { Rule } from "./rule.ts";

/** One decision that was made for a guest. */
export interface DecisionEntry {
  /** The guest's name in its workload. */
  readonly guest: string;
  readonly use: Use;
  /** `address:port`, as people write it; undefined for a lookup, and for a request whose name is not resolved yet. */
  readonly address: string | undefined;
  /** The name that was asked for, where one was. */
  readonly name: string | undefined;
  readonly rule: Rule;
  readonly outcome: Outcome;
  /** Why it was denied, or would have been; undefined for what is allowed. */
  readonly reason: string | undefined;
}

/** All equal decisions of a workload in one. Times are in milliseconds since the epoch. */
export interface DecisionRecord extends DecisionEntry {
  /** How often it was made. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** The decisions of one workload, equal ones counted together. It holds so many of them and forgets the one that was made longest ago. */
export class DecisionLog {
  readonly #limit: number;
  /** By what makes them equal, in the order in which they were last made. */
  readonly #records = new Map<string, DecisionRecord>();
  #forgotten = 0;

  /** `limit` is the greatest number of different decisions. */
  constructor(limit: number = DECISIONS_MAX) {
    this.#limit = Math.max(1, limit);
  }

  /** The number of different decisions that are remembered. */
  get size(): number {
    return this.#records.size;
  }

  /** How many different decisions were forgotten to make room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /**
   * Counts a decision that was made `times` times until `now`. What it returns has that count
   * where no equal one is remembered.
   */
  record(made: DecisionEntry, now: number, times: number = 1): DecisionRecord {
    const entry = bounded(made);
    const key = keyOf(entry);
    const known = this.#records.get(key);
    const record: DecisionRecord = {
      ...entry,
      count: (known?.count ?? 0) + times,
      first: known?.first ?? now,
      last: now,
    };
    if (known !== undefined) this.#records.delete(key);
    else this.#makeRoom();
    this.#records.set(key, record);
    return record;
  }

  /** What is remembered, the decision that was made last at the end. */
  records(): readonly DecisionRecord[] {
    return [...this.#records.values()];
  }

  #makeRoom(): void {
    if (this.#records.size < this.#limit) return;
    const [oldest] = this.#records.keys();
    if (oldest === undefined) return;
    this.#records.delete(oldest);
    this.#forgotten += 1;
  }
}

/** Enough for all that a well-behaved workload does, and little enough to keep for each of many. */
const DECISIONS_MAX = 256;

function keyOf({ guest, use, address, name, rule, outcome }: DecisionEntry): string {
  return JSON.stringify([guest, use, address, name, rule, outcome]);
}

/** A guest's text of any length, cut to what is as long as any name. */
function bounded({ name, ...rest }: DecisionEntry): DecisionEntry {
  return { ...rest, name: name && cutText(name, NAME_MAX) };
}

/** RFC 1035 §2.3.4. */
const NAME_MAX = 255;
