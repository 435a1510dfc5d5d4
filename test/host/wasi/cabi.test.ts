import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Handles } from "../../../host/wasi/cabi-handle.ts";
import { GuestMemory } from "../../../host/wasi/cabi.ts";
import { IoError } from "../../../host/wasi/io/error.ts";
import { InputStream } from "../../../host/wasi/io/input-stream.ts";
import { Resource } from "../../../host/wasi/resource.ts";
import { dropHandle, emptyTable, giveHandle, TestMemory } from "./core-function.ts";
import { createGuest, EmptySource } from "./support.ts";

class Apple extends Resource {}
class Pear extends Resource {}

describe("GuestMemory", () => {
  const PAGE = 65_536;

  for (const [pointer, length] of [
    [PAGE, 1],
    [PAGE - 1, 2],
    [-1, 1],
    [-4, 4 + PAGE],
    [0, -1],
    [0, PAGE + 1],
    [2 ** 31, 2 ** 31],
  ] as const) {
    it(`refuses ${length} bytes at ${pointer} of a memory of one page`, () => {
      const memory = new GuestMemory(new TestMemory());
      assert.throws(() => memory.slice(pointer, length), RangeError);
      assert.throws(() => memory.readLatin1(pointer, length), RangeError);
      assert.throws(() => memory.readUtf8(pointer, length), RangeError);
    });
  }

  it("reaches the last byte", () => {
    assert.equal(new GuestMemory(new TestMemory()).slice(PAGE - 1, 1).length, 1);
    assert.equal(new GuestMemory(new TestMemory()).slice(PAGE, 0).length, 0);
  });

  it("goes on after the memory has grown", () => {
    const test = new TestMemory();
    const memory = new GuestMemory(test);
    memory.view.setUint8(0, 7);
    test.memory.grow(1);
    assert.equal(memory.view.getUint8(0), 7);
    assert.equal(memory.slice(PAGE, 1).length, 1);
  });

  it("writes text where the guest allocates, even if that grows the memory", () => {
    const test = new TestMemory();
    const memory = new GuestMemory(test);
    const text = "ä".repeat(40_000);
    memory.writeUtf8(text, 0);
    const [pointer, length] = [test.view.getUint32(0, true), test.view.getUint32(4, true)];
    assert.equal(memory.readUtf8(pointer, length), text);
    memory.writeLatin1("é", 8);
    assert.equal(test.textAt(8), "é");
    assert.equal(test.allocations.at(-1), 1);
  });

  it("refuses a pointer of the allocator's that is misaligned or outside the memory", () => {
    const test = new TestMemory();
    const at = (pointer: number): GuestMemory =>
      new GuestMemory({ memory: test.memory, realloc: () => pointer });
    assert.throws(() => at(6).allocate(4, 8), RangeError);
    assert.throws(() => at(PAGE - 2).writeLatin1("abc", 0), RangeError);
    assert.throws(() => at(-8).writeUtf8("abc", 0), RangeError);
  });

  it("refuses text that is not UTF-8", () => {
    const test = new TestMemory();
    const [pointer, length] = test.put(Uint8Array.of(0x61, 0xff));
    assert.throws(() => new GuestMemory(test).readUtf8(pointer, length), TypeError);
    assert.equal(new GuestMemory(test).readLatin1(pointer, length), "aÿ");
  });
});

describe("Handles", () => {
  it("turns a handle into its resource, and gives it up once", () => {
    using guest = createGuest();
    const table = emptyTable();
    const handles = new Handles({ resourceTables: [table] });
    const apple = new Apple(guest);
    const handle = giveHandle(table, apple);
    assert.equal(handles.lift(Apple, handle), apple);
    assert.equal(handles.liftOwn(Apple, handle), apple);
    assert.throws(() => handles.lift(Apple, handle), RangeError);
    assert.throws(() => handles.liftOwn(Apple, handle), RangeError);
    assert.equal(apple.disposed, false);
  });

  it("uses the number of a handle again only after the guest gave it up", () => {
    using guest = createGuest();
    const table = emptyTable();
    const handles = new Handles({ resourceTables: [table] });
    const [first, second] = [new Apple(guest), new Apple(guest)];
    const one = handles.lowerOwn(Apple, first);
    const two = handles.lowerOwn(Apple, second);
    assert.notEqual(one, two);
    dropHandle(table, one);
    assert.throws(() => handles.lift(Apple, one), RangeError);
    assert.equal(handles.lift(Apple, two), second);
    const third = new Apple(guest);
    assert.equal(handles.lowerOwn(Apple, third), one);
    assert.equal(handles.lift(Apple, one), third);
  });

  for (const handle of [0, 2, 3, -1, 2 ** 31 - 1, -(2 ** 31), 1.5, Number.NaN]) {
    it(`refuses the handle ${handle} that the guest never had`, () => {
      using guest = createGuest();
      const table = emptyTable();
      giveHandle(table, new Apple(guest));
      const handles = new Handles({ resourceTables: [table] });
      if (handle !== 1.5) assert.throws(() => handles.lift(Apple, handle), RangeError);
      assert.throws(() => handles.liftOwn(Pear, handle), RangeError);
    });
  }

  it("refuses a handle of another type", () => {
    using guest = createGuest();
    const table = emptyTable();
    const handle = giveHandle(table, new Pear(guest));
    const handles = Handles.inOrder({ resourceTables: [table] }, [Apple]);
    assert.throws(() => handles.lift(Apple, handle), RangeError);
  });

  it("refuses a handle whose resource is gone, as after the guest's disposal", () => {
    const guest = createGuest();
    const table = emptyTable();
    const handle = giveHandle(table, new Apple(guest));
    guest[Symbol.dispose]();
    assert.throws(() => new Handles({ resourceTables: [table] }).lift(Apple, handle), RangeError);
  });

  for (const order of ["apples first", "pears first"]) {
    it(`tells the tables of a signature apart with ${order}`, () => {
      using guest = createGuest();
      const [apples, pears] = [emptyTable(), emptyTable()];
      const resourceTables = order === "apples first" ? [apples, pears] : [pears, apples];
      const handle = giveHandle(pears, new Pear(guest));
      const handles = new Handles({ resourceTables });
      assert.ok(handles.lift(Pear, handle) instanceof Pear);
      const apple = new Apple(guest);
      const given = handles.lowerOwn(Apple, apple);
      assert.equal((apples[given * 2 + 1] ?? 0) & ~(1 << 30), apple.rep);
    });
  }

  it("knows from one function of an instance what a table holds in another", () => {
    using guest = createGuest();
    const [errors, streams] = [emptyTable(), emptyTable()];
    Handles.inOrder({ resourceTables: [errors, streams] }, [IoError, InputStream]);
    const handles = new Handles({ resourceTables: [streams, errors] });
    const stream = new InputStream(guest, new EmptySource());
    const handle = handles.lowerOwn(InputStream, stream);
    assert.equal((streams[handle * 2 + 1] ?? 0) & ~(1 << 30), stream.rep);
  });
});
