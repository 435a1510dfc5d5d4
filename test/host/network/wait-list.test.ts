import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { WaitList } from "../../../host/network/wait-list.ts";

describe("WaitList", () => {
  it("calls who waits once, in the order of waiting", () => {
    const list = new WaitList();
    const calls: string[] = [];
    list.add(() => calls.push("first"));
    list.add(() => calls.push("second"));
    assert.equal(list.isEmpty, false);
    list.notify();
    assert.equal(list.isEmpty, true);
    list.notify();
    assert.deepEqual(calls, ["first", "second"]);
  });

  it("calls a waiter once that was added twice, and none that was deleted", () => {
    const list = new WaitList();
    const calls: string[] = [];
    const twice = (): void => void calls.push("twice");
    const deleted = (): void => void calls.push("deleted");
    list.add(twice);
    list.add(twice);
    list.add(deleted);
    list.delete(deleted);
    list.delete(deleted);
    list.notify();
    assert.deepEqual(calls, ["twice"]);
  });

  it("keeps a waiter that adds itself anew for the next time", () => {
    const list = new WaitList();
    let calls = 0;
    const waiter = (): void => {
      calls += 1;
      list.add(waiter);
    };
    list.add(waiter);
    list.notify();
    assert.equal(calls, 1);
    list.notify();
    assert.equal(calls, 2);
  });

  it("is harmless to notify and to delete from while nobody waits", () => {
    const list = new WaitList();
    list.notify();
    list.delete(() => assert.fail("nobody waits"));
    assert.equal(list.isEmpty, true);
  });
});
