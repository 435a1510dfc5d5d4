/**
 * What functions of the host check of their arguments before they keep them, compare them or hand them to the system.
 *
 * A component itself declares the types of what it imports, and on jco's generic path a function gets whatever was
 * declared: texts and signed integers where WIT has a `u64`, records where it has resources. All of these trap the
 * guest, by a `TypeError`. Fast paths take numbers and the guest's memory, so that they need none of it.
 */
import type { ResourceClass } from "./cabi-handle.ts";
import type { Resource } from "./resource.ts";

/** A `u64`. */
export function checkU64(value: bigint): bigint {
  if (typeof value !== "bigint" || value < 0n || value > U64_MAX) throw otherType("u64");
  return value;
}

/** An `option<u64>`. */
export function checkOptionalU64(value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : checkU64(value);
}

/** An unsigned integer of at most 32 bits. */
export function checkUnsigned(value: number, bits: 8 | 16 | 32): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) throw otherType(`u${bits}`);
  return value;
}

/** A `bool`. */
export function checkBool(value: boolean): boolean {
  if (typeof value !== "boolean") throw otherType("bool");
  return value;
}

/** A `string`. */
export function checkText(value: string): string {
  if (typeof value !== "string") throw otherType("string");
  return value;
}

/** A `list<u8>`. */
export function checkBytes(value: Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array)) throw otherType("list<u8>");
  return value;
}

/** A case of an `enum`, or the tag of a `variant`. */
export function checkCase<T extends string>(value: T, cases: readonly string[]): T {
  if (!cases.includes(value)) throw otherType("case of its type");
  return value;
}

/** A resource of the host's. */
export function checkResource<T extends Resource>(value: T, resourceClass: ResourceClass<T>): T {
  if (!(value instanceof resourceClass)) throw otherType(resourceClass.name);
  return value;
}

/** Does not say what it is: that may be long. */
function otherType(expected: string): TypeError {
  return new TypeError(
    `An argument is no ${expected}: the component declares another type than WASI`,
  );
}

const U64_MAX = 2n ** 64n - 1n;
