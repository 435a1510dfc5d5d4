import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ClientSignal } from "../../../../host/ingress/http/client-signal.ts";
import { Gate } from "../../../../host/ingress/http/gate.ts";

describe("Gate", () => {
  const signal = new ClientSignal();
  const limits = { inFlight: 2, queue: 2, queueTimeout: 60_000 };

  it("admits up to its limit at once, and then in the order of arrival", async () => {
    const gate = new Gate(limits);
    assert.ok(gate.tryEnter());
    assert.ok(await gate.enter(signal));
    assert.equal(gate.tryEnter(), false);
    const order: number[] = [];
    const first = gate.enter(signal).then((entered) => entered && order.push(1));
    const second = gate.enter(signal).then((entered) => entered && order.push(2));
    assert.deepEqual([gate.inFlight, gate.queued], [2, 2]);
    assert.equal(await gate.enter(signal), false, "the queue is full");
    gate.leave();
    await first;
    gate.leave();
    await second;
    assert.deepEqual(order, [1, 2]);
    assert.deepEqual([gate.inFlight, gate.queued], [2, 0]);
    gate.leave();
    gate.leave();
    assert.equal(gate.inFlight, 0);
  });

  it("forgets who waits too long", async () => {
    const gate = new Gate({ inFlight: 0, queue: 1, queueTimeout: 1 });
    assert.equal(await gate.enter(signal), false);
    assert.equal(gate.queued, 0);
  });

  it("forgets whose client has gone", async () => {
    const gate = new Gate({ ...limits, inFlight: 1 });
    const gone = new ClientSignal();
    gate.tryEnter();
    const waiting = gate.enter(gone);
    gone.abort(new Error("gone"));
    assert.equal(await waiting, false);
    assert.equal(await gate.enter(gone), false, "it never waits at all");
    gate.leave();
    assert.deepEqual([gate.inFlight, gate.queued], [0, 0]);
  });
});
