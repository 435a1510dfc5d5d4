import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "mocha";
import { HostTunnels } from "../../host/host-tunnels.ts";
import { SwitchedWayIn } from "../../host/workload/way-in.ts";
import { until } from "../support/until.ts";
import { SERVICE, workloadOf } from "./workload/fleet-lab.ts";

describe("HostTunnels", () => {
  it("stops a tunnel whose start is aborted, whatever that has come to", async () => {
    // A server that never says a word.
    using stack = new DisposableStack();
    const server = createServer((socket) => {
      socket.on("error", () => {});
      stack.defer(() => socket.destroy());
    });
    stack.defer(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const tunnels = stack.use(open());
    const to = `bore://127.0.0.1:${address.port}`;

    const reading = new AbortController();
    const first = tunnels.start("shop", { port: 80, to }, reading.signal);
    reading.abort(new Error("Not wanted"));
    await assert.rejects(first, { message: "Not wanted" });
    assert.deepEqual(tunnels.list(), []);

    const connecting = new AbortController();
    const second = tunnels.start("shop", { port: 80, to }, connecting.signal);
    await until(() => tunnels.list().length === 1);
    connecting.abort(new Error("Not wanted either"));
    assert.deepEqual(tunnels.list(), []);
    await assert.rejects(second, { message: "Not wanted either" });
  });
});

function open(): HostTunnels {
  return new HostTunnels({
    find: () => ({
      name: "default/shop",
      workload: workloadOf("shop", "shop.localhost", 1, SERVICE),
      isStopped: false,
      wayIn: new SwitchedWayIn(),
    }),
    emit: () => {},
    warn: () => {},
  });
}
