/**
 * A map for entries that come and go for as long as the process lives, such as the calls under way.
 *
 * When V8's `Map` grows, shrinks or makes room, its former table keeps all that was in it and leads to the next table.
 * Once a former table has got into the old generation, which is collected rarely, it keeps alive whatever has been in
 * the map since: no young collection frees any of it, and a busy heap grew by megabytes a second. Here a value is
 * behind an object of its own, which is emptied when the value is deleted.
 */
export class TurnoverMap<K extends number | string, V> {
  readonly #entries = new Map<K, { value: V | undefined }>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** Puts `value` in place of what the key had, or behind all others. */
  set(key: K, value: V): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { value });
    else entry.value = value;
  }

  /** Returns whether the key had a value. */
  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    entry.value = undefined;
    return this.#entries.delete(key);
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key);
  }

  /** What is there now, in the order in which it came. */
  values(): V[] {
    return Array.from(this.#entries.values(), ({ value }) => value).filter(
      (value) => value !== undefined,
    );
  }

  /** The one of `values` that came first; undefined where there is none. */
  first(): V | undefined {
    for (const { value } of this.#entries.values()) return value;
    return undefined;
  }
}

/** As `TurnoverMap`, for values that have no key: each gets a ticket, by which it leaves. */
export class TurnoverList<T> {
  readonly #values = new TurnoverMap<number, T>();
  #last = 0;

  get size(): number {
    return this.#values.size;
  }

  /** Puts `value` behind all others, also where it is there already; returns its ticket. */
  add(value: T): number {
    this.#last += 1;
    this.#values.set(this.#last, value);
    return this.#last;
  }

  /** Returns whether the ticket's value was there. */
  delete(ticket: number): boolean {
    return this.#values.delete(ticket);
  }

  /** What is there now, in the order in which it came. */
  values(): T[] {
    return this.#values.values();
  }

  /** The one of `values` that came first; undefined where there is none. */
  first(): T | undefined {
    return this.#values.first();
  }
}
