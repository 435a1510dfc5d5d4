import { checkText } from "../check-argument.ts";
import { GuestError } from "../guest-error.ts";
import { isFieldName, isFieldValue, isForbiddenField } from "./field-syntax.ts";
import type { FieldList } from "./message.ts";

/** `wasi:http/types.header-error`. */
export type HeaderError = { readonly tag: "invalid-syntax" | "forbidden" | "immutable" };

/** Names and values of one map, in bytes, may not exceed this: they are host memory. More traps the guest. */
export const FIELDS_SIZE_MAX: number = 128 * 1024;

/** What an entry counts beyond its characters, as RFC 7541 §4.1 counts it. */
const ENTRY_OVERHEAD = 32;

/**
 * Header or trailer fields: a multimap that compares names without case and keeps order and spelling.
 * A character of a value stands for one of its bytes (latin1), as node:http gives and takes them.
 */
export class FieldMap {
  /** The fields of a message from outside, without those that a guest does not see. */
  static fromWire(list: FieldList): FieldMap {
    const map = new FieldMap();
    for (const [name, value] of list) {
      if (isForbiddenField(name.toLowerCase())) continue;
      map.#entries.push([name, typeof value === "string" ? value : toLatin1(value)]);
    }
    return map;
  }

  #entries: (readonly [name: string, value: string])[] = [];
  #size = 0;

  get entries(): readonly (readonly [name: string, value: string])[] {
    return this.#entries;
  }

  clone(): FieldMap {
    const clone = new FieldMap();
    clone.#entries = [...this.#entries];
    clone.#size = this.#size;
    return clone;
  }

  has(name: string): boolean {
    return this.#entries.some(([other]) => isSame(other, name));
  }

  get(name: string): string[] {
    return this.#entries.filter(([other]) => isSame(other, name)).map(([, value]) => value);
  }

  /** Adds a value behind those of the name. Throws a `GuestError<HeaderError>`. */
  append(name: string, value: string): void {
    checkName(name);
    checkValue(value);
    this.#push(name, value);
  }

  /** Replaces all values of the name. Throws a `GuestError<HeaderError>`, and then nothing has changed. */
  set(name: string, values: readonly string[]): void {
    checkName(name);
    for (const value of values) checkValue(value);
    this.delete(name);
    for (const value of values) this.#push(name, value);
  }

  /** Throws a `GuestError<HeaderError>`. */
  delete(name: string): void {
    checkName(name);
    const kept = this.#entries.filter(([other]) => !isSame(other, name));
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#size = kept.reduce((size, entry) => size + sizeOf(entry), 0);
  }

  #push(name: string, value: string): void {
    const entry = [name, value] as const;
    this.#size += sizeOf(entry);
    if (this.#size > FIELDS_SIZE_MAX) {
      throw fieldsTooLarge();
    }
    this.#entries.push(entry);
  }
}

function checkName(name: string): void {
  if (!isFieldName(checkText(name))) throw headerError("invalid-syntax");
  if (isForbiddenField(name.toLowerCase())) throw headerError("forbidden");
}

function checkValue(value: string): void {
  if (!isFieldValue(value)) throw headerError("invalid-syntax");
}

/** What a method of `fields` throws for its `header-error`. */
export function headerError(tag: HeaderError["tag"]): GuestError<HeaderError> {
  return new GuestError({ tag });
}

/** What a map throws for more than it holds. */
export function fieldsTooLarge(): RangeError {
  return new RangeError(`Cannot hold more than ${FIELDS_SIZE_MAX} bytes of header fields`);
}

function isSame(name: string, other: string): boolean {
  return (
    name === other || (name.length === other.length && name.toLowerCase() === other.toLowerCase())
  );
}

function sizeOf([name, value]: readonly [string, string]): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
