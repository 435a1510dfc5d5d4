import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SwitchedWayIn } from "../../../host/workload/way-in.ts";
import { until } from "../bridge/support.ts";
import { accept, ipv4, Shore, SIGNAL, VISITOR } from "../bridge/way-in-support.ts";

const OPTIONS = { remote: VISITOR, signal: SIGNAL };
const FLOW = { remote: VISITOR, onDatagram: (): void => {}, onClose: (): void => {} };

describe("SwitchedWayIn", () => {
  it("refuses while it leads to nothing", async () => {
    const wayIn = new SwitchedWayIn();
    assert.equal(wayIn.isListening("tcp", 7777), false);
    await assert.rejects(wayIn.connect(7777, OPTIONS), {
      code: "connection-refused",
      message: "Cannot reach port 7777: the workload does not run",
    });
    assert.throws(() => wayIn.openFlow(7777, FLOW), { code: "connection-refused" });
  });

  it("leads to whatever it was given last, and leaves what is open alone", async () => {
    using first = new Shore();
    using second = new Shore();
    const [one, two] = [first.listen(), second.listen()];
    const wayIn = new SwitchedWayIn();
    wayIn.setTargets([first.wayIn]);
    await Promise.all([wayIn.connect(7777, OPTIONS), accept(one)]);
    wayIn.setTargets([second.wayIn]);
    await Promise.all([wayIn.connect(7777, OPTIONS), accept(two)]);
    assert.equal(first.wayIn.active, 1);
    assert.equal(wayIn.active, 1);
  });

  it("chooses who listens, and of those who has the least to do", async () => {
    using silent = new Shore();
    using first = new Shore();
    using second = new Shore();
    const [one, two] = [first.listen(), second.listen()];
    const wayIn = new SwitchedWayIn();
    wayIn.setTargets([silent.wayIn, first.wayIn, second.wayIn]);
    await until(() => [first, second].every((shore) => shore.wayIn.isListening("tcp", 7777)));
    for (let count = 0; count < 6; count += 1) void wayIn.connect(7777, OPTIONS);
    await until(() => one.pending === 3 && two.pending === 3);
  });

  it("tells of a change at a target, of another target and of its end", async () => {
    using shore = new Shore();
    const wayIn = new SwitchedWayIn();
    let changes = 0;
    const count = (): void => {
      changes += 1;
      wayIn.whenChanged.add(count);
    };
    wayIn.whenChanged.add(count);
    wayIn.setTargets([shore.wayIn]);
    assert.equal(changes, 1);
    const listener = shore.listen();
    await until(() => changes === 2);
    assert.equal(wayIn.isListening("tcp", 7777), true);
    listener[Symbol.dispose]();
    await until(() => changes === 3);
    wayIn.close();
    wayIn.close();
    assert.equal(changes, 4);
    assert.equal(wayIn.closed, true);
    wayIn.setTargets([shore.wayIn]);
    assert.equal(wayIn.isListening("tcp", 7777), false);
    shore.listen(ipv4("127.0.0.2", 1));
    await until(() => shore.wayIn.isListening("tcp", 1));
    assert.equal(changes, 4);
  });

  it("counts connections and flows until they are gone, through another one as well", async () => {
    using shore = new Shore();
    const listener = shore.listen();
    const inner = new SwitchedWayIn();
    const wayIn = new SwitchedWayIn();
    inner.setTargets([shore.wayIn]);
    wayIn.setTargets([inner]);
    const [connection, inside] = await Promise.all([
      wayIn.connect(7777, OPTIONS),
      accept(listener),
    ]);
    const flow = wayIn.openFlow(53, FLOW);
    assert.equal(wayIn.active, 2);
    flow[Symbol.dispose]();
    assert.equal(wayIn.active, 1);
    connection.reset();
    inside[Symbol.dispose]();
    await until(() => wayIn.active === 0);
  });
});
