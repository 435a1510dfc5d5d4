import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "mocha";
import { Machine } from "../../../../host/wasi/egress/machine.ts";

describe("Machine", () => {
  it("knows the addresses of its interfaces, without their zones", () => {
    const machine = new Machine();
    const [first] = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    assert.ok(first !== undefined);
    assert.equal(machine.isOwnAddress(first.address), true);
    assert.equal(machine.isOwnAddress("203.0.113.77"), false);
  });

  it("does not ask the operating system for each question", () => {
    let asked = 0;
    const machine = new Machine(() => {
      asked += 1;
      return new Set(["10.0.0.1"]);
    });
    for (let times = 0; times < 100; times += 1) machine.isOwnAddress("10.0.0.1");
    assert.equal(asked, 1);
  });

  it("takes every port for the host's own until it was told which are", () => {
    const machine = new Machine();
    assert.equal(machine.isOwnPort("tcp", 5432), true);
    machine.setOwnPorts({ tcp: [8000], udp: [] });
    assert.deepEqual(
      [
        machine.isOwnPort("tcp", 5432),
        machine.isOwnPort("tcp", 8000),
        machine.isOwnPort("udp", 8000),
      ],
      [false, true, false],
    );
  });
});
