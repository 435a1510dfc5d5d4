import { CommandError } from "./reply.ts";

/** What a key holds. All texts are byte strings. */
export type Value =
  | { readonly tag: "string"; text: string }
  | { readonly tag: "list"; readonly items: string[] }
  | { readonly tag: "hash"; readonly fields: Map<string, string> }
  | { readonly tag: "set"; readonly members: Set<string> };

type Tag = Value["tag"];

interface Entry {
  value: Value;
  /** Milliseconds since the epoch; undefined for a key that stays. */
  expiresAt: number | undefined;
  /** About what it takes, in bytes. */
  size: number;
}

/** Keys and values together, in bytes: the guest's linear memory holds about twice that. */
export const MAX_SIZE: number = 16 * 1024 * 1024;

/** Counted for each key besides its bytes. */
const OVERHEAD = 64;

/** Keys and their values. A key that has expired is gone for everybody who asks. */
export class Database {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #size = 0;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** About what all keys and values take, in bytes. */
  get size(): number {
    return this.#size;
  }

  get now(): number {
    return this.#now();
  }

  /** All keys that have not expired. */
  keys(): string[] {
    for (const key of this.#entries.keys()) this.#entry(key);
    return [...this.#entries.keys()];
  }

  get(key: string): Value | undefined {
    return this.#entry(key)?.value;
  }

  /** @throws CommandError `WRONGTYPE` for a key with another kind of value. */
  getAs<T extends Tag>(key: string, tag: T): Extract<Value, { tag: T }> | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (!isA(value, tag)) {
      throw new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
    }
    return value;
  }

  /** The value of a key, after making it where there is none. */
  getOrMake<T extends Tag>(
    key: string,
    tag: T,
    make: () => Extract<Value, { tag: T }>,
  ): Extract<Value, { tag: T }> {
    const present = this.getAs(key, tag);
    if (present !== undefined) return present;
    const value = make();
    this.set(key, value);
    return value;
  }

  /** Puts a value in the place of whatever the key held; its expiry goes with that. */
  set(key: string, value: Value, expiresAt?: number): void {
    this.delete(key);
    const size = OVERHEAD + key.length + (value.tag === "string" ? value.text.length : 0);
    this.#entries.set(key, { value, expiresAt, size });
    this.#size += size;
  }

  /** A value that was changed in place has that many bytes more, or less; an empty list, hash or set goes. */
  changed(key: string, value: Value, growth: number): void {
    const entry = this.#entries.get(key);
    if (entry?.value !== value) return;
    entry.size += growth;
    this.#size += growth;
    if (isEmpty(value)) this.delete(key);
  }

  /** Returns whether there was such a key. */
  delete(key: string): boolean {
    const entry = this.#entry(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#size -= entry.size;
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  expiresAt(key: string): number | undefined {
    return this.#entry(key)?.expiresAt;
  }

  /** Returns whether there was such a key. One that has expired by then is gone at once. */
  expire(key: string, at: number | undefined): boolean {
    const entry = this.#entry(key);
    if (entry === undefined) return false;
    entry.expiresAt = at;
    return true;
  }

  /** @throws CommandError `OOM` where nothing more may be stored. */
  checkRoom(): void {
    if (this.#size < MAX_SIZE) return;
    this.keys();
    if (this.#size >= MAX_SIZE) {
      throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
    }
  }

  #entry(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    this.#size -= entry.size;
    return undefined;
  }
}

function isA<T extends Tag>(value: Value, tag: T): value is Extract<Value, { tag: T }> {
  return value.tag === tag;
}

function isEmpty(value: Value): boolean {
  switch (value.tag) {
    case "string":
      return false;
    case "list":
      return value.items.length === 0;
    case "hash":
      return value.fields.size === 0;
    case "set":
      return value.members.size === 0;
  }
}
