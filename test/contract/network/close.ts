import assert from "node:assert/strict";
import { describe, it } from "mocha";
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
  readToEnd,
  until,
} from "./support.ts";

export function describeClose(createNetwork: CreateNetwork, loopback: Loopback): void {
  describe("close", () => {
    it("ends both directions in order where everything was read", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      server.sink.write(Buffer.from("question"));
      await read(client.source, 8);
      client.sink.write(Buffer.from("answer"));
      client[Symbol.dispose]();
      assert.equal(String(await readToEnd(server.source)), "answer");
      assert.equal(server.source.failure, undefined);
    });

    it("resets where something was not read", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      server.sink.write(Buffer.from("unread"));
      await until(client.source.whenReadable, () => client.source.available > 0);
      client[Symbol.dispose]();
      assert.equal(await failureOf(server.source), "connection-reset");
    });

    it("resets where the reader left before it had read everything", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      server.sink.write(Buffer.from("unread"));
      await until(client.source.whenReadable, () => client.source.available > 0);
      client.source.cancel();
      assert.equal(client.source.available, 0);
      client[Symbol.dispose]();
      assert.equal(await failureOf(server.source), "connection-reset");
    });

    it("shows a reset to the peer as connection-reset, in both directions", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.reset();
      client.reset();
      assert.equal(await failureOf(server.source), "connection-reset");
      await until(server.sink.whenWritable, () => server.sink.closed);
      assert.equal(server.sink.capacity, 0);
      assert.throws(() => server.sink.write(Buffer.from("a")), RangeError);
    });

    it("shows a sink that broke to the peer as connection-reset", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.sink.abort(new Error("the bytes ran out"));
      client.sink.abort(new Error("again"));
      assert.equal(client.sink.closed, true);
      assert.equal(await failureOf(server.source), "connection-reset");
    });

    it("leaves nothing to read or write on the side that closed", async () => {
      using network = createNetwork();
      for (const act of ["dispose", "reset"] as const) {
        const { client } = await link(network, loopback);
        if (act === "dispose") client[Symbol.dispose]();
        else client.reset();
        assert.equal(client.source.ended, true);
        assert.equal(client.source.readInto(new Uint8Array(1)), 0);
        assert.equal(client.sink.closed, true);
        assert.throws(() => client.sink.write(Buffer.from("a")), RangeError);
      }
    });

    it("is harmless when repeated, in any order", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.sink.write(Buffer.from("all of it"));
      client[Symbol.dispose]();
      client[Symbol.dispose]();
      assert.equal(String(await readToEnd(server.source)), "all of it");
      assert.equal(server.source.failure, undefined);
      server.reset();
      server[Symbol.dispose]();
      client.reset();
      client.configure(tcp);
      await eventually(() => network.connections === 0);
    });

    it("tells everybody who waits, on both sides", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const waiting = [
        until(client.source.whenReadable, () => client.source.ended),
        until(client.sink.whenWritable, () => client.sink.closed),
        until(server.source.whenReadable, () => server.source.ended),
      ];
      client[Symbol.dispose]();
      await Promise.all(waiting);
    });

    it("tells a writer that waits for room", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      let idle = 0;
      while (idle < 5) {
        if (client.sink.capacity > 0) client.sink.write(Buffer.alloc(client.sink.capacity));
        else idle += 1;
        await new Promise(setImmediate);
      }
      const waiting = until(client.sink.whenWritable, () => client.sink.closed);
      server[Symbol.dispose]();
      await waiting;
    });

    it("leaves nothing behind when both sides and the listener are closed", async () => {
      using network = createNetwork();
      for (let count = 0; count < 5; count += 1) {
        using linked = await link(network, loopback);
        linked.client.sink.write(Buffer.from("x"));
      }
      await eventually(() => network.connections === 0);
      assert.equal(network.listeners, 0);
      assert.equal(network.reservations, 0);
    });
  });

  describe("network", () => {
    it("closes everything when disposed: listeners, connections, reservations", async () => {
      const network = createNetwork();
      const { listener, client, server } = await link(network, loopback);
      const reservation = await network.bind(at(loopback, 0));
      await network.connect(listener.local, { tcp });
      network[Symbol.dispose]();
      network[Symbol.dispose]();
      for (const { source, sink } of [client, server]) {
        assert.equal(source.ended, true);
        assert.equal(sink.closed, true);
      }
      await eventually(() => network.connections === 0);
      assert.equal(network.listeners, 0);
      assert.equal(network.reservations, 0);
      reservation[Symbol.dispose]();
      listener[Symbol.dispose]();
      client[Symbol.dispose]();
    });

    it("does nothing more once disposed", async () => {
      const network = createNetwork();
      const reservation = await network.bind(at(loopback, 0));
      network[Symbol.dispose]();
      const { local } = reservation;
      const acts = [
        () => network.bind(at(loopback, 0)),
        () => network.listen(reservation, { backlog: 1, tcp }),
        () => network.connect(local, { tcp }),
      ];
      for (const act of acts) assert.equal(await codeOf(act), "invalid-state");
      assert.equal(network.reservations, 0);
    });

    it("counts the ends of a connection until each is closed", async () => {
      using network = createNetwork();
      const listener = await listenOn(network, loopback);
      const client = await network.connect(listener.local, { tcp });
      const server = await accept(listener);
      assert.equal(network.connections, 2);
      client[Symbol.dispose]();
      await readToEnd(server.source);
      server[Symbol.dispose]();
      await eventually(() => network.connections === 0);
    });
  });
}
