import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ClientSignal } from "../../../../host/ingress/http/client-signal.ts";

describe("ClientSignal", () => {
  it("calls each listener once, with the reason in place, and none that left", () => {
    const signal = new ClientSignal();
    const calls: string[] = [];
    const left = (): void => void calls.push("left");
    const stays = (): void => void calls.push(`stays: ${signal.reason?.message}`);
    signal.addEventListener("abort", left);
    signal.addEventListener("abort", stays);
    signal.addEventListener("abort", stays);
    signal.removeEventListener("abort", left);
    signal.abort(new Error("gone"));
    signal.abort(new Error("again"));
    assert.deepEqual(calls, ["stays: gone"]);
  });

  it("lets a listener leave while it is called", () => {
    const signal = new ClientSignal();
    let calls = 0;
    const first = (): void => {
      calls += 1;
      signal.removeEventListener("abort", first);
    };
    signal.addEventListener("abort", first);
    signal.addEventListener("abort", () => {
      calls += 1;
    });
    signal.abort(new Error("gone"));
    assert.equal(calls, 2);
  });

  it("throws its reason once it is aborted, and nothing before", () => {
    const signal = new ClientSignal();
    signal.throwIfAborted();
    assert.equal(signal.aborted, false);
    const reason = new Error("gone");
    signal.abort(reason);
    assert.ok(signal.aborted);
    assert.throws(() => signal.throwIfAborted(), reason);
  });
});
