import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { EventHub } from "../../host/event-hub.ts";

const EVENT = { tag: "warning", message: "It rains" } as const;

describe("EventHub", () => {
  it("tells the first one, then each watcher until it is disposed", () => {
    const told: string[] = [];
    const hub = new EventHub(() => told.push("first"));
    const listener = (): void => void told.push("watcher");
    const one = hub.watch(listener);
    const other = hub.watch(listener);
    hub.emit(EVENT);
    assert.deepEqual(told, ["first", "watcher", "watcher"]);
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    hub.emit(EVENT);
    other[Symbol.dispose]();
    hub.emit(EVENT);
    assert.deepEqual(told.slice(3), ["first", "watcher", "first"]);
  });

  it("tells a watcher that throws nothing more, and goes on", () => {
    const warnings: string[] = [];
    const hub = new EventHub((event) => {
      if (event.tag === "warning") warnings.push(event.message);
    });
    let told = 0;
    hub.watch(() => {
      throw new Error("No");
    });
    hub.watch(() => void (told += 1));
    hub.emit(EVENT);
    hub.emit(EVENT);
    assert.deepEqual(warnings, ["It rains", "A watcher of events failed: Error: No", "It rains"]);
    assert.equal(told, 3);
  });
});
