import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { HostPorts } from "../../../host/workload/host-ports.ts";
import type { OwnPorts } from "../../../host/wasi/egress/machine.ts";

describe("HostPorts", () => {
  it("knows the ports that are held, and tells who watches of every change", () => {
    const ports = new HostPorts();
    const heard: OwnPorts[] = [];
    const watch = ports.watch((current) => heard.push(current));
    const ingress = ports.add("tcp", 8000);
    const forward = ports.add("udp", 53);
    ingress[Symbol.dispose]();
    watch[Symbol.dispose]();
    forward[Symbol.dispose]();
    assert.deepEqual(heard, [
      { tcp: [8000], udp: [] },
      { tcp: [8000], udp: [53] },
      { tcp: [], udp: [53] },
    ]);
    assert.deepEqual(ports.current, { tcp: [], udp: [] });
  });

  it("keeps a port that is held twice until both have given it up, each of them once", () => {
    const ports = new HostPorts();
    const first = ports.add("tcp", 8000);
    const second = ports.add("tcp", 8000);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assert.deepEqual(ports.current.tcp, [8000]);
    second[Symbol.dispose]();
    assert.deepEqual(ports.current.tcp, []);
  });
});
