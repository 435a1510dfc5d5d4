import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Operation } from "../../../../host/wasi/sockets/operation.ts";

class Thing implements Disposable {
  disposed = 0;

  [Symbol.dispose](): void {
    this.disposed += 1;
  }
}

describe("Operation", () => {
  it("is settled at once by a result that is there at once", () => {
    const thing = new Thing();
    const operation = new Operation(() => thing);
    assert.equal(operation.settled, true);
    assert.equal(operation.finish(), thing);
    operation[Symbol.dispose]();
    assert.equal(thing.disposed, 0, "whoever finished owns it");
  });

  it("keeps what was thrown at once for finish", () => {
    const operation = new Operation<Thing>(() => {
      throw new Error("at once");
    });
    assert.equal(operation.settled, true);
    assert.throws(() => operation.finish(), { message: "at once" });
  });

  it("would block until its promise settles, then tells who waits", async () => {
    const { promise, resolve } = Promise.withResolvers<Thing>();
    const operation = new Operation(() => promise);
    assert.throws(() => operation.finish(), { code: "would-block" });
    const told = new Promise<void>((done) => operation.whenSettled.add(done));
    const thing = new Thing();
    resolve(thing);
    await told;
    assert.equal(operation.finish(), thing);
    assert.throws(() => operation.finish(), { code: "not-in-progress" });
  });

  it("disposes a result that nobody collected, early or late, once", async () => {
    const early = new Thing();
    const settled = new Operation(() => early);
    settled[Symbol.dispose]();
    settled[Symbol.dispose]();
    assert.equal(early.disposed, 1);

    const late = new Thing();
    const { promise, resolve } = Promise.withResolvers<Thing>();
    const pending = new Operation(() => promise);
    pending[Symbol.dispose]();
    resolve(late);
    await new Promise(setImmediate);
    assert.equal(late.disposed, 1);
  });

  it("swallows a failure that nobody waits for any more", async () => {
    const operation = new Operation<Thing>(() => Promise.reject(new Error("late")));
    operation[Symbol.dispose]();
    await new Promise(setImmediate);
    assert.throws(() => operation.finish(), { code: "not-in-progress" });
  });
});
