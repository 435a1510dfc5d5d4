import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import {
  FieldMap,
  FIELDS_SIZE_MAX,
  type HeaderError,
} from "../../../../host/wasi/http/field-map.ts";
import { Fields } from "../../../../host/wasi/http/fields.ts";
import { coreFunction, emptyTable, giveHandle, TestMemory } from "../core-function.ts";
import { createGuest } from "../support.ts";
import "../../../../host/wasi/http/fields-abi.ts";

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function texts(values: readonly Uint8Array[]): string[] {
  return values.map((value) => Buffer.from(value).toString("latin1"));
}

function isHeaderError(error: unknown): error is GuestError<HeaderError> {
  return error instanceof GuestError;
}

/** Asserts which header-error `operation` throws. */
function refuses(tag: HeaderError["tag"], operation: () => unknown): void {
  assert.throws(operation, (error) => isHeaderError(error) && error.payload.tag === tag);
}

describe("Fields", () => {
  it("compares names without case and keeps their spelling and order", () => {
    using guest = createGuest();
    const fields = Fields.fromList(guest, [
      ["Set-Cookie", bytes("a")],
      ["X-Y", bytes("b")],
      ["set-cookie", bytes("c")],
    ]);
    assert.deepEqual(texts(fields.get("SET-COOKIE")), ["a", "c"]);
    assert.equal(fields.has("x-y"), true);
    assert.deepEqual(
      fields.entries().map(([name]) => name),
      ["Set-Cookie", "X-Y", "set-cookie"],
    );
  });

  it("replaces with set, adds with append, removes with delete", () => {
    using guest = createGuest();
    const fields = new Fields(guest);
    fields.append("a", bytes("1"));
    fields.append("A", bytes("2"));
    fields.set("a", [bytes("3"), bytes("4")]);
    assert.deepEqual(texts(fields.get("a")), ["3", "4"]);
    fields.set("a", []);
    assert.equal(fields.has("a"), false);
    fields.append("b", bytes(""));
    fields.delete("B");
    fields.delete("never-there");
    assert.deepEqual(fields.entries(), []);
  });

  it("keeps the bytes of a value", () => {
    using guest = createGuest();
    const fields = new Fields(guest);
    fields.append("x", Uint8Array.of(0x09, 0x20, 0x7e, 0x80, 0xff));
    assert.deepEqual([...(fields.get("x")[0] ?? [])], [0x09, 0x20, 0x7e, 0x80, 0xff]);
  });

  it("clones into fields that are mutable and independent", () => {
    using guest = createGuest();
    const original = new Fields(guest, FieldMap.fromWire([["a", "1"]]), false);
    const clone = original.clone();
    clone.append("a", bytes("2"));
    assert.deepEqual([original.get("a").length, clone.get("a").length], [1, 2]);
  });

  for (const name of ["", "a b", "a:b", "a\n", "ä", "a\0", "\u{1f600}", "(a)"]) {
    it(`refuses the name ${JSON.stringify(name)} and finds nothing under it`, () => {
      using guest = createGuest();
      const fields = new Fields(guest);
      refuses("invalid-syntax", () => fields.append(name, bytes("x")));
      refuses("invalid-syntax", () => fields.set(name, [bytes("x")]));
      refuses("invalid-syntax", () => fields.delete(name));
      refuses("invalid-syntax", () => Fields.fromList(guest, [[name, bytes("x")]]));
      assert.equal(fields.has(name), false);
      assert.deepEqual(fields.get(name), []);
    });
  }

  for (const value of ["a\r\nSet-Cookie: b", "a\nb", "\0", "\x7f", "\x1b"]) {
    it(`refuses the value ${JSON.stringify(value)}`, () => {
      using guest = createGuest();
      const fields = new Fields(guest);
      fields.append("kept", bytes("1"));
      refuses("invalid-syntax", () => fields.append("x", bytes(value)));
      refuses("invalid-syntax", () => fields.set("kept", [bytes("2"), bytes(value)]));
      assert.deepEqual(texts(fields.get("kept")), ["1"]);
    });
  }

  for (const name of [
    "Connection",
    "keep-alive",
    "Proxy-Authorization",
    "proxy-authenticate",
    "proxy-connection",
    "transfer-encoding",
    "UPGRADE",
    "host",
    "http2-settings",
  ]) {
    it(`forbids ${name}, and hides it where a message has it`, () => {
      using guest = createGuest();
      const fields = new Fields(guest);
      refuses("forbidden", () => fields.append(name, bytes("x")));
      refuses("forbidden", () => fields.set(name, [bytes("x")]));
      refuses("forbidden", () => fields.delete(name));
      refuses("forbidden", () => Fields.fromList(guest, [[name, bytes("x")]]));
      assert.deepEqual(FieldMap.fromWire([[name, "x"]]).entries, []);
    });
  }

  it("is immutable where it belongs to a message", () => {
    using guest = createGuest();
    const fields = new Fields(guest, FieldMap.fromWire([["a", bytes("1")]]), false);
    refuses("immutable", () => fields.append("b", bytes("x")));
    refuses("immutable", () => fields.set("a", [bytes("x")]));
    refuses("immutable", () => fields.delete("a"));
    assert.deepEqual(texts(fields.get("a")), ["1"]);
  });

  it("traps a guest that fills the host's memory with fields", () => {
    using guest = createGuest();
    const fields = new Fields(guest);
    assert.throws(() => {
      for (let index = 0; index < FIELDS_SIZE_MAX; index += 1) fields.append("a", bytes(""));
    }, RangeError);
    assert.throws(
      () => new Fields(guest).append("a", new Uint8Array(FIELDS_SIZE_MAX).fill(0x61)),
      RangeError,
    );
  });

  it("counts what was deleted no more", () => {
    using guest = createGuest();
    const fields = new Fields(guest);
    const large = new Uint8Array(FIELDS_SIZE_MAX - 100).fill(0x61);
    for (let round = 0; round < 3; round += 1) fields.set("a", [large]);
    assert.equal(fields.get("a").length, 1);
  });
});

describe("The fast path of Fields.set", () => {
  it("counts before it copies, since values may overlap", () => {
    using guest = createGuest();
    const { memory, set } = prepareSet(new Fields(guest));
    const [name, nameLength] = memory.put("name");
    const [text, length] = memory.put("x".repeat(FIELDS_SIZE_MAX));
    const [list] = memory.put(new Uint8Array(64 * 8));
    for (let at = list; at < list + 64 * 8; at += 8) {
      memory.view.setUint32(at, text, true);
      memory.view.setUint32(at + 4, length, true);
    }
    // Values beyond what fits are not even looked at: the last one is none that could be read.
    memory.view.setUint32(list + 63 * 8, 0xffff_ffff, true);
    assert.throws(() => set(name, nameLength, list, 64, RESULT), {
      message: `Cannot hold more than ${FIELDS_SIZE_MAX} bytes of header fields`,
    });
  });

  it("takes no list that ends beyond the 32 bits of an address for an empty one", () => {
    using guest = createGuest();
    const { set } = prepareSet(new Fields(guest));
    assert.throws(() => set(64, 4, 0, 2 ** 29, RESULT), { message: /^Cannot hold more than/ });
  });
});

const RESULT = 16;

function prepareSet(fields: Fields) {
  const memory = new TestMemory();
  const table = emptyTable();
  const handle = giveHandle(table, fields);
  const core = coreFunction(Reflect.get(Fields.prototype, "set"), {
    memory: memory.memory,
    realloc: memory.realloc,
    resourceTables: [table],
  });
  return { memory, set: (...args: number[]) => core(handle, ...args) };
}
