import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toText } from "../../../host/network/socket-address.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import {
  accept,
  at,
  codeOf,
  type CreateNetwork,
  eventually,
  link,
  listenOn,
  type Loopback,
  readToEnd,
} from "./support.ts";

export function describeConnect(createNetwork: CreateNetwork, loopback: Loopback): void {
  describe("connect", () => {
    it("gives both ends each other's address", async () => {
      using network = createNetwork();
      using linked = await link(network, loopback);
      const { listener, client, server } = linked;
      assert.equal(toText(client.remote), toText(listener.local));
      assert.equal(toText(server.local), toText(listener.local));
      assert.equal(toText(server.remote), toText(client.local));
      assert.equal(client.local.address, loopback.address);
      assert.notEqual(client.local.port, 0);
    });

    it("gives every client a port of its own", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const ports = new Set<number>();
      for (let count = 0; count < 10; count += 1) {
        ports.add((await network.connect(listener.local, { tcp })).local.port);
      }
      assert.equal(ports.size, 10);
    });

    it("is refused by a port on which nobody listens, and leaks nothing", async () => {
      using network = createNetwork();
      // Bound without listening, so that nobody else can listen there meanwhile.
      const { local } = await network.bind(at(loopback, 0));
      for (let count = 0; count < 3; count += 1) {
        const act = () => network.connect(local, { tcp });
        assert.equal(await codeOf(act), "connection-refused");
      }
      await eventually(() => network.reservations === 1);
      assert.equal(network.connections, 0);
    });

    it("comes from the port that the caller bound, and frees it when closed", async () => {
      using network = createNetwork();
      using listener = await listenOn(network, loopback);
      const reservation = await network.bind(at(loopback, 0));
      const client = await network.connect(listener.local, { reservation, tcp });
      assert.equal(client.local.port, reservation.local.port);
      const server = await accept(listener);
      assert.equal(server.remote.port, reservation.local.port);
      assert.equal(network.reservations, 2);
      reservation[Symbol.dispose]();
      assert.equal(network.reservations, 2, "the connection owns the port");
      server[Symbol.dispose]();
      await readToEnd(client.source);
      client[Symbol.dispose]();
      await eventually(() => network.reservations === 1);
    });

    it("frees the port that the caller bound when it fails", async () => {
      using network = createNetwork();
      const { local } = await network.bind(at(loopback, 0));
      const reservation = await network.bind(at(loopback, 0));
      const act = () => network.connect(local, { reservation, tcp });
      assert.equal(await codeOf(act), "connection-refused");
      assert.equal(network.reservations, 1);
      assert.equal(await codeOf(() => network.bind(reservation.local)), undefined);
    });

    it("refuses a reservation that was used", async () => {
      using network = createNetwork();
      const reservation = await network.bind(at(loopback, 0));
      const listener = await network.listen(reservation, { backlog: 1, tcp });
      const act = () => network.connect(listener.local, { reservation, tcp });
      assert.equal(await codeOf(act), "invalid-state");
    });

    it("rejects with the reason of a signal that was aborted before", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const reason = new Error("no longer needed");
      const connecting = network.connect(listener.local, {
        tcp,
        signal: AbortSignal.abort(reason),
      });
      await assert.rejects(connecting, reason);
      assert.equal(network.connections, 0);
      assert.equal(network.reservations, 1);
      assert.equal(listener.pending, 0);
    });

    it("is not disturbed by a signal that is aborted later", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const controller = new AbortController();
      const { signal } = controller;
      const client = await network.connect(listener.local, { tcp, signal });
      controller.abort();
      assert.equal(client.sink.closed, false);
      assert.equal(client.source.ended, false);
    });
  });
}
