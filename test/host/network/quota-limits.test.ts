import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RealNetwork } from "../../../host/network/real/real-network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import { VirtualNetwork } from "../../../host/network/virtual/virtual-network.ts";
import {
  at,
  codeOf,
  eventually,
  failureOf,
  IPV4,
  link,
  listenOn,
} from "../../contract/network/support.ts";
import { failureCode, open } from "../../contract/udp/support.ts";
import { SocketError } from "../../../host/network/error.ts";
import { RecordingQuota } from "./support.ts";

for (const { name, Network } of [
  { name: "VirtualNetwork", Network: VirtualNetwork },
  { name: "RealNetwork", Network: RealNetwork },
]) {
  describe(`${name} with a quota`, () => {
    it("binds so many ports of TCP and UDP together", async () => {
      const quota = new RecordingQuota({ socket: 2 });
      using network = new Network({ quota });
      const reservation = network.bind(at(IPV4, 0));
      const socket = open(network, IPV4);
      for (let count = 0; count < 3; count += 1) {
        assert.equal(await codeOf(() => network.bind(at(IPV4, 0))), "new-socket-limit");
        assert.equal(
          failureCode(() => open(network, IPV4)),
          "new-socket-limit",
        );
      }
      reservation[Symbol.dispose]();
      reservation[Symbol.dispose]();
      socket[Symbol.dispose]();
      socket[Symbol.dispose]();
      assert.deepEqual(quota.usage, {});
    });

    it("opens so many listeners, and leaves the port to who was refused", async () => {
      const quota = new RecordingQuota({ listener: 1 });
      using network = new Network({ quota });
      const first = await listenOn(network, IPV4);
      const reservation = network.bind(at(IPV4, 0));
      const act = () => network.listen(reservation, { backlog: 1, tcp });
      assert.equal(await codeOf(act), "new-socket-limit");
      first[Symbol.dispose]();
      using second = await network.listen(reservation, { backlog: 1, tcp });
      assert.equal(second.local.port, reservation.local.port);
      assert.deepEqual(quota.usage, { socket: 1, listener: 1 });
    });

    it("counts nothing for what failed for another reason", async () => {
      const quota = new RecordingQuota({});
      using network = new Network({ quota });
      const taken = open(network, IPV4);
      const reservation = network.bind(at(IPV4, 0));
      const usage = { socket: 2 };
      assert.equal(
        failureCode(() => open(network, IPV4, { port: taken.local.port })),
        "address-in-use",
      );
      const dial = () => network.connect(reservation.local, { tcp });
      assert.equal(await codeOf(dial), "connection-refused");
      assert.deepEqual(quota.usage, usage);
      reservation[Symbol.dispose]();
      const listen = async () => network.listen(reservation, { backlog: 1, tcp });
      assert.equal(await codeOf(listen), "invalid-state");
      const aborted = network.connect(taken.local, { tcp, signal: AbortSignal.abort("enough") });
      await assert.rejects(aborted, (reason) => reason === "enough");
      assert.deepEqual(quota.usage, { socket: 1 });
    });

    it("has so many ends of connections", async () => {
      const quota = new RecordingQuota({ connection: 2 });
      using network = new Network({ quota });
      const { listener, client, server } = await link(network, IPV4);
      const act = () => network.connect(listener.local, { tcp });
      assert.equal(await codeOf(act), "new-socket-limit");
      client[Symbol.dispose]();
      server[Symbol.dispose]();
      await eventually(() => quota.used("connection") === 0);
      assert.equal(await codeOf(act), undefined);
    });
  });
}

describe("RealNetwork with a quota", () => {
  it("resets a connection that its listener has no place for", async () => {
    const quota = new RecordingQuota({ connection: 1 });
    using network = new RealNetwork({ quota });
    using stranger = new RealNetwork();
    const listener = await listenOn(network, IPV4);
    const first = await stranger.connect(listener.local, { tcp });
    await eventually(() => listener.pending === 1);
    // The reset may come before the client learned that it was connected.
    const second = stranger.connect(listener.local, { tcp });
    const failure = await second.then(({ source }) => failureOf(source), codeOfError);
    assert.equal(failure, "connection-reset");
    assert.equal(listener.pending, 1);
    assert.equal(first.source.ended, false);
  });

  it("says out-of-memory for a datagram that finds no room to wait in", async () => {
    const quota = new RecordingQuota({ page: 2 });
    using network = new RealNetwork({ quota });
    const socket = open(network, IPV4);
    const act = (size: number) => () => socket.send(new Uint8Array(size), socket.local);
    assert.equal(failureCode(act(8193)), "out-of-memory");
    assert.equal(failureCode(act(8192)), undefined);
    assert.equal(failureCode(act(1)), "out-of-memory");
    await eventually(() => quota.used("page") <= 1);
    assert.equal(failureCode(act(1)), undefined);
  });
});

function codeOfError(error: unknown): string {
  assert.ok(error instanceof SocketError);
  return error.code;
}
