import type { Guest } from "./guest.ts";

/** Where jco looks for the number that stands for a host object in a guest's handle table. */
export const CABI_REP: unique symbol = Symbol.for("cabiRep");
/** Where jco looks for the function of a class that drops an object by its number. */
export const CABI_DISPOSE: unique symbol = Symbol.for("cabiDispose");

/**
 * A WIT resource that the host provides. It belongs to one guest and dies with it at the latest;
 * a guest that drops its handle disposes it before.
 */
export abstract class Resource implements Disposable {
  readonly guest: Guest;
  /** The number that stands for the resource in its guest's handle table: 1 to 2^30 - 1, unique among the live. */
  readonly rep: number;
  #older: Resource | undefined;
  #newer: Resource | undefined;
  #disposed = false;

  constructor(guest: Guest) {
    if (guest.disposed) throw new RangeError("Cannot create a resource: its guest is disposed");
    this.guest = guest;
    this.rep = register(this);
    this.#older = guest.newestResource;
    if (this.#older !== undefined) this.#older.#newer = this;
    guest.newestResource = this;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Releases what the resource owns; called once. */
  protected drop(): void {}

  /** Unregisters the resource, then releases what it owns. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    unregister(this);
    if (this.#older !== undefined) this.#older.#newer = this.#newer;
    if (this.#newer !== undefined) this.#newer.#older = this.#older;
    else this.guest.newestResource = this.#older;
    this.#older = undefined;
    this.#newer = undefined;
    this.drop();
  }
}

Object.defineProperty(Resource.prototype, CABI_REP, {
  get(this: Resource): number {
    return this.rep;
  },
});

/**
 * The live resource with this number. Throws `RangeError`, which traps the guest, where there is none:
 * its handle was dropped or never was one.
 */
export function resourceByRep(rep: number): Resource {
  const resource = slots[rep & (slots.length - 1)];
  if (resource === undefined || resource.rep !== rep) {
    throw new RangeError("Cannot use a resource: it is disposed or never existed");
  }
  return resource;
}

/** How many resources live in this thread. */
export function resourceCount(): number {
  return live;
}

/**
 * The thread's resources, as a process has one table of file descriptors: jco asks for an object by a number alone.
 * A resource sits in the slot that the low bits of its number name. Numbers count upwards through all 30 bits
 * before one is used again, so that a stale number misses instead of naming somebody else's resource.
 */
let slots: (Resource | undefined)[] = emptySlots(1024);
let live = 0;
let lastRep = 0;

/** jco keeps its own flag in bit 30 of a table entry, and 0 means none. */
const REP_MAX = (1 << 30) - 1;

function register(resource: Resource): number {
  if (live * 2 >= slots.length) grow();
  const mask = slots.length - 1;
  do {
    lastRep = lastRep === REP_MAX ? 1 : lastRep + 1;
  } while (slots[lastRep & mask] !== undefined);
  slots[lastRep & mask] = resource;
  live += 1;
  return lastRep;
}

function unregister(resource: Resource): void {
  slots[resource.rep & (slots.length - 1)] = undefined;
  live -= 1;
}

/** Numbers that differ in their low bits still differ with one bit more, so no two resources collide. */
function grow(): void {
  const larger = emptySlots(slots.length * 2);
  for (const resource of slots) {
    if (resource !== undefined) larger[resource.rep & (larger.length - 1)] = resource;
  }
  slots = larger;
}

function emptySlots(length: number): (Resource | undefined)[] {
  return Array.from<Resource | undefined>({ length });
}
