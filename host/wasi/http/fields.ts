import { checkBytes } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { Resource } from "../resource.ts";
import { FieldMap, headerError } from "./field-map.ts";

/**
 * `wasi:http/types.fields`: a guest's hold on a map of fields, which it may share with the message they belong to.
 * Failing methods throw a `GuestError<HeaderError>`.
 */
export class Fields extends Resource {
  readonly map: FieldMap;
  readonly #mutable: boolean;

  /** Without a map it is an empty one that the guest may fill; what belongs to a message is immutable. */
  constructor(guest: Guest, map: FieldMap = new FieldMap(), mutable = true) {
    super(guest);
    this.map = map;
    this.#mutable = mutable;
  }

  /** WIT: "An error result will be returned if any `field-name` or `field-value` is syntactically invalid, or if a field is forbidden." */
  static fromList(guest: Guest, entries: readonly (readonly [string, Uint8Array])[]): Fields {
    const map = new FieldMap();
    for (const [name, value] of entries) map.append(name, toText(value));
    return new Fields(guest, map);
  }

  get(name: string): Uint8Array[] {
    return this.map.get(name).map(toBytes);
  }

  has(name: string): boolean {
    return this.map.has(name);
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.writable().set(name, values.map(toText));
  }

  delete(name: string): void {
    this.writable().delete(name);
  }

  append(name: string, value: Uint8Array): void {
    this.writable().append(name, toText(value));
  }

  entries(): [string, Uint8Array][] {
    return this.map.entries.map(([name, value]) => [name, toBytes(value)]);
  }

  /** WIT: "The resulting `fields` is mutable." */
  clone(): Fields {
    return new Fields(this.guest, this.map.clone());
  }

  /** The map for a change; throws `immutable` where it belongs to a message. */
  writable(): FieldMap {
    if (!this.#mutable) throw headerError("immutable");
    return this.map;
  }
}

function toText(bytes: Uint8Array): string {
  checkBytes(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
