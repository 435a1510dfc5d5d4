import { EngineError } from "./error.ts";
import { PAGE_BYTES } from "./memory-limits.ts";
import { capLimits, type Limits } from "./module-limits.ts";

/** The core modules of a component, and what decides how much their memories may grow. */
export interface CapOptions {
  /** What all memories of one instance of the component may hold together, in bytes; counted in whole pages. */
  readonly limit: number;
  /** How often an instance of the component has one of each core module. */
  readonly instances: ReadonlyMap<string, number>;
  /** Whether all code asks the host before a memory grows, see `InstanceMemory`. */
  readonly asksToGrow: boolean;
}

/**
 * Entries of all tables of one instance together. V8 keeps them in the JavaScript heap, up to 32 bytes each, and one
 * allocation that is much larger than what a heap has left ends the whole process rather than the thread: so no table
 * may be of more than some megabytes. Large programs have some ten thousand functions in their tables.
 */
export const TABLE_ENTRIES_MAX: number = 2 ** 18;

/** Memories of one instance: V8 reserves 8 GiB of addresses for each, so a process has no more than 16,000. */
export const MEMORIES_MAX = 64;

/**
 * The core modules of a component, by name, with maxima for all of their memories and tables.
 *
 * Where all code asks before a memory grows each memory may become as large as the limit, and who is asked keeps the
 * sum within it. Else the maxima themselves do: what the memories leave of the limit when they start is shared out
 * among those that can grow. Tables are always bounded so.
 *
 * @throws EngineError `memory-limit` if the memories, or the tables, of an instance start larger than they may be
 *   together, `unsupported` if there are more memories than `MEMORIES_MAX`, and what `capLimits` throws.
 */
export function capMemories(
  cores: ReadonlyMap<string, Uint8Array>,
  { limit, instances, asksToGrow }: CapOptions,
): Map<string, Uint8Array> {
  const pages = Math.floor(limit / PAGE_BYTES);
  const found: Defined[] = [];
  for (const [name, bytes] of cores) {
    capLimits(bytes, (limits) => {
      found.push({ ...limits, count: instances.get(name) ?? 1 });
      return limits.initial;
    });
  }
  const memories = found.filter(({ kind }) => kind === "memory");
  const tables = found.filter(({ kind }) => kind === "table");
  checkMemories(memories, limit);
  checkTables(tables);
  const caps = {
    memory: (asksToGrow ? memories.map(() => pages) : toCaps(memories, pages)).values(),
    table: toCaps(tables, TABLE_ENTRIES_MAX).values(),
  };
  const capped = new Map<string, Uint8Array>();
  for (const [name, bytes] of cores) {
    capped.set(
      name,
      capLimits(bytes, ({ kind, initial }) => caps[kind].next().value ?? initial),
    );
  }
  return capped;
}

/** A memory or table that a core module defines, of which an instance of the component has `count`. */
interface Defined extends Limits {
  readonly count: number;
}

function checkMemories(memories: readonly Defined[], limit: number): void {
  const count = countOf(memories);
  if (count > MEMORIES_MAX) {
    throw new EngineError(
      "unsupported",
      `An instance has ${count} memories, at most ${MEMORIES_MAX} are supported`,
    );
  }
  const bytes = sumOf(memories) * PAGE_BYTES;
  if (bytes <= limit) return;
  const what = count === 1 ? "Memory starts with" : "Memories of an instance together start with";
  throw new EngineError(
    "memory-limit",
    `${what} ${toMebibytes(bytes)}, the limit is ${toMebibytes(limit)} (limits.memory)`,
  );
}

function checkTables(tables: readonly Defined[]): void {
  const entries = sumOf(tables);
  if (entries <= TABLE_ENTRIES_MAX) return;
  throw new EngineError(
    "memory-limit",
    `Tables of an instance together start with ${entries} entries, the limit is ${TABLE_ENTRIES_MAX}`,
  );
}

function countOf(defined: readonly Defined[]): number {
  return defined.reduce((sum, { count }) => sum + count, 0);
}

function sumOf(defined: readonly Defined[]): number {
  return defined.reduce((sum, { initial, count }) => sum + initial * count, 0);
}

/** For each of `defined` how large it may become, so that all together stay within `total`: as even as can be. */
function toCaps(defined: readonly Defined[], total: number): number[] {
  const caps = new Map<Defined, number>();
  let free = total - sumOf(defined);
  let waiting = countOf(defined);
  // Those first that need the least: what they do not take is left for the others.
  for (const each of defined.toSorted((a, b) => roomOf(a) - roomOf(b))) {
    const share = Math.min(roomOf(each), Math.floor(free / waiting));
    caps.set(each, each.initial + share);
    free -= share * each.count;
    waiting -= each.count;
  }
  return defined.map((each) => caps.get(each) ?? each.initial);
}

/** By how much it may grow, as the module says. */
function roomOf({ initial, maximum }: Limits): number {
  return Math.min(maximum - initial, Number.MAX_SAFE_INTEGER);
}

function toMebibytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return `${Number.isInteger(mebibytes) ? mebibytes : mebibytes.toFixed(2)} MiB`;
}
