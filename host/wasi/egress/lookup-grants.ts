/** The shortest time, in milliseconds, that an answer grants connecting to it, whatever its own lifetime. */
export const GRANT_LIFETIME_MIN = 60_000;

/** The longest: whoever runs a name server does not decide to open an address for ever. */
export const GRANT_LIFETIME_MAX = 3_600_000;

/** How many addresses are remembered; a guest that looks up more loses the answers that it got longest ago. */
const ADDRESSES_MAX = 1024;

/** How many names are remembered for one address. */
const NAMES_MAX = 16;

/**
 * The answers of a guest's successful lookups, for as long as they hold: `Facts.namesOf`.
 * Only addresses that were checked when they were answered get in, so a name that answers differently
 * the second time grants nothing but what was checked then, too.
 */
export class LookupGrants {
  /** By address, then by name, when the grant ends. Both in the order in which they were last granted. */
  readonly #addresses = new Map<string, Map<string, number>>();
  readonly #now: () => number;

  /** `now` gives milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The number of addresses that are remembered, ended grants included. */
  get size(): number {
    return this.#addresses.size;
  }

  /**
   * Remembers that `name` resolved to `address`, in its canonical spelling, for `lifetime` milliseconds,
   * within the bounds; undefined for an answer of unknown lifetime.
   */
  add(name: string, address: string, lifetime: number | undefined): void {
    const names = this.#addresses.get(address) ?? new Map<string, number>();
    const until = this.#now() + clampLifetime(lifetime);
    const known = names.get(name) ?? until;
    names.delete(name);
    names.set(name, Math.max(known, until));
    dropOldest(names, NAMES_MAX);
    this.#addresses.delete(address);
    this.#addresses.set(address, names);
    dropOldest(this.#addresses, ADDRESSES_MAX);
  }

  /** The names whose answers hold now and include `address`. */
  namesOf(address: string): readonly string[] {
    const names = this.#addresses.get(address);
    if (names === undefined) return [];
    const now = this.#now();
    for (const [name, until] of names) {
      if (until <= now) names.delete(name);
    }
    if (names.size === 0) this.#addresses.delete(address);
    return [...names.keys()];
  }
}

function clampLifetime(lifetime: number | undefined): number {
  // Not `Math.max` first: a lifetime that is no number must not become one that never ends.
  if (lifetime === undefined || !(lifetime > GRANT_LIFETIME_MIN)) return GRANT_LIFETIME_MIN;
  return Math.min(lifetime, GRANT_LIFETIME_MAX);
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
