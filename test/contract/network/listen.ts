import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Connection } from "../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import {
  accept,
  at,
  codeOf,
  type CreateNetwork,
  eventually,
  failureOf,
  link,
  listenOn,
  type Loopback,
  read,
  turn,
  until,
} from "./support.ts";

export function describeListen(createNetwork: CreateNetwork, loopback: Loopback): void {
  describe("listen", () => {
    it("has nothing to accept before somebody connects", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      assert.equal(listener.pending, 0);
      assert.equal(listener.accept(), undefined);
      assert.equal(network.listeners, 1);
    });

    it("accepts in the order in which clients connected", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const clients: Connection[] = [];
      for (let count = 0; count < 5; count += 1) {
        clients.push(await network.connect(listener.local, { tcp }));
      }
      for (const client of clients) {
        const server = await accept(listener);
        assert.equal(server.remote.port, client.local.port);
      }
      assert.equal(listener.accept(), undefined);
    });

    it("tells who waits that a connection is pending", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const waiting = until(listener.whenPending, () => listener.pending > 0);
      await network.connect(listener.local, { tcp });
      await waiting;
      assert.equal(listener.pending, 1);
    });

    it("delivers what a client sent before it was accepted", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const client = await network.connect(listener.local, { tcp });
      client.sink.write(Buffer.from("early"));
      client.sink.end();
      const server = await accept(listener);
      assert.equal(String(await read(server.source, 5)), "early");
    });

    for (const backlog of [1, 3]) {
      it(`never keeps more connections than its backlog of ${backlog}`, async () => {
        using network = createNetwork();
        const listener = await listenOn(network, loopback, { backlog });
        const clients = connectMany(network, listener.local, backlog + 4);
        await eventually(() => listener.pending === backlog);
        await turn();
        assert.equal(listener.pending, backlog);
        listener[Symbol.dispose]();
        await clients;
      });
    }

    for (const backlog of [0, -5, Number.NaN]) {
      it(`takes a backlog of ${backlog} as 1`, async () => {
        using network = createNetwork();
        const listener = await listenOn(network, loopback, { backlog });
        await network.connect(listener.local, { tcp });
        await accept(listener);
      });
    }

    it("keeps more connections once its backlog is longer", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback, { backlog: 1 });
      listener.setBacklog(3);
      const clients = connectMany(network, listener.local, 3);
      await eventually(() => listener.pending === 3);
      listener[Symbol.dispose]();
      await clients;
    });

    it("keeps the connections that wait when its backlog gets shorter", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback, { backlog: 3 });
      await connectMany(network, listener.local, 3);
      await eventually(() => listener.pending === 3);
      listener.setBacklog(1);
      assert.equal(listener.pending, 3);
      assert.ok(listener.accept());
      assert.equal(listener.pending, 2);
    });

    it("takes over the reservation: disposing that later frees nothing", async () => {
      using network = createNetwork();
      const reservation = await network.bind(at(loopback, 0));
      await network.listen(reservation, { backlog: 1, tcp });
      reservation[Symbol.dispose]();
      assert.equal(await codeOf(() => network.bind(reservation.local)), "address-in-use");
    });

    it("refuses a reservation that was used or disposed", async () => {
      using network = createNetwork();
      const used = await network.bind(at(loopback, 0));
      await network.listen(used, { backlog: 1, tcp });
      const disposed = await network.bind(at(loopback, 0));
      disposed[Symbol.dispose]();
      for (const reservation of [used, disposed]) {
        const act = () => network.listen(reservation, { backlog: 1, tcp });
        assert.equal(await codeOf(act), "invalid-state");
      }
      assert.equal(network.listeners, 1);
    });

    it("refuses a reservation of another network", async () => {
      using network = createNetwork();
      using other = createNetwork();
      const foreign = await other.bind(at(loopback, 0));
      const act = () => network.listen(foreign, { backlog: 1, tcp });
      assert.equal(await codeOf(act), "invalid-state");
      assert.equal(other.reservations, 1);
    });

    it("frees its port at once when disposed, though connections that it accepted live on", async () => {
      using network = createNetwork();
      const { listener, client, server } = await link(network, loopback);
      listener[Symbol.dispose]();
      using again = await listenOn(network, loopback, { port: listener.local.port });
      client.sink.write(Buffer.from("still here"));
      assert.equal(String(await read(server.source, 10)), "still here");
      const next = await network.connect(again.local, { tcp });
      assert.equal((await accept(again)).remote.port, next.local.port);
    });

    it("resets the connections that nobody accepted when disposed", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const client = await network.connect(listener.local, { tcp });
      await until(listener.whenPending, () => listener.pending > 0);
      listener[Symbol.dispose]();
      assert.equal(await failureOf(client.source), "connection-reset");
      assert.equal(listener.pending, 0);
      assert.equal(listener.accept(), undefined);
    });

    it("refuses connections once disposed", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      listener[Symbol.dispose]();
      const act = () => network.connect(listener.local, { tcp });
      assert.equal(await codeOf(act), "connection-refused");
    });

    it("tells who waits for a connection when disposed", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      let calls = 0;
      listener.whenPending.add(() => {
        calls += 1;
      });
      listener[Symbol.dispose]();
      assert.equal(calls, 1);
    });

    it("never frees the next owner's port when disposed twice", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      listener[Symbol.dispose]();
      using next = await listenOn(network, loopback, { port: listener.local.port });
      listener[Symbol.dispose]();
      assert.equal(await codeOf(() => network.bind(next.local)), "address-in-use");
      assert.equal(await codeOf(() => network.connect(next.local, { tcp })), undefined);
      assert.equal(network.listeners, 1);
    });
  });
}

/** Connects so often, whatever becomes of each. */
async function connectMany(
  network: ReturnType<CreateNetwork>,
  remote: Connection["remote"],
  count: number,
): Promise<void> {
  const connects = Array.from({ length: count }, () => network.connect(remote, { tcp }));
  await Promise.allSettled(connects);
}
