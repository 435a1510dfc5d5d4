import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { beforeEach, describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import { RealNetwork } from "../../../../host/network/real/real-network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../../host/network/tcp-options.ts";
import {
  at,
  codeOf,
  eventually,
  failureOf,
  IPV4,
  link,
  listenOn,
  turn,
} from "../../../contract/network/support.ts";
import { describeNetworkContract } from "../../../contract/network.ts";

describeNetworkContract("RealNetwork", (options) => new RealNetwork(options));

describe("RealNetwork", () => {
  beforeEach("let earlier sockets close", () => eventually(() => sockets() === 0));

  it("closes every handle when disposed", async () => {
    const network = new RealNetwork();
    const { client, listener } = await link(network, IPV4);
    await network.connect(listener.local, { tcp });
    network.bind(at(IPV4, 0));
    client.sink.write(new Uint8Array(client.sink.capacity));
    assert.ok(sockets() > 0);
    network[Symbol.dispose]();
    await eventually(() => sockets() === 0);
  });

  it("closes the handles of a failed connect, also where it came from a bound port", async () => {
    using network = new RealNetwork();
    using unheard = network.bind(at(IPV4, 0));
    const reservation = network.bind(at(IPV4, 0));
    for (const options of [{ tcp }, { tcp, reservation }]) {
      const act = () => network.connect(unheard.local, options);
      assert.equal(await codeOf(act), "connection-refused");
    }
    unheard[Symbol.dispose]();
    await eventually(() => sockets() === 0);
  });

  it("says address-in-use where a stranger listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, IPV4.address, resolve);
    });
    try {
      using network = new RealNetwork();
      assert.equal(await codeOf(() => network.bind(at(IPV4, portOf(server)))), "address-in-use");
    } finally {
      server.close();
    }
  });

  it("says address-in-use where a stranger who shares the port listens first", async () => {
    using network = new RealNetwork();
    using stranger = new RealNetwork();
    const reservation = network.bind(at(IPV4, 0));
    // Some systems refuse the second bind already.
    if ((await codeOf(() => stranger.bind(reservation.local))) === "address-in-use") return;
    await listenOn(stranger, IPV4, reservation.local);
    const act = () => network.listen(reservation, { backlog: 1, tcp });
    assert.equal(await codeOf(act), "address-in-use");
    assert.equal(network.listeners, 0);
    assert.equal(network.reservations, 0);
  });

  it("gives up a connect that nobody answers in time", async () => {
    // The worker's thread stops as soon as it listens, so that the kernel's queue fills up.
    const stuck = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(STUCK_SERVER, { eval: true, workerData: stuck });
    const [port] = await once(worker, "message");
    try {
      using network = new RealNetwork({ connectTimeout: 50 });
      const connects = Array.from({ length: 6 }, () => {
        return codeOf(() => network.connect(at(IPV4, port), { tcp }));
      });
      assert.ok((await Promise.all(connects)).includes("timeout"));
    } finally {
      Atomics.store(stuck, 0, 1);
      Atomics.notify(stuck, 0);
      await worker.terminate();
    }
  });

  it("resets on close where something arrived that its reader wanted no more", async () => {
    using network = new RealNetwork();
    const { client, server } = await link(network, IPV4);
    client.source.cancel();
    server.sink.write(Buffer.from("lost"));
    for (let count = 0; count < 10; count += 1) await turn();
    client[Symbol.dispose]();
    assert.equal(await failureOf(server.source), "connection-reset");
  });

  it("speaks with a plain node:net peer", async () => {
    const server = createServer((socket: Socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => {
      server.listen(0, IPV4.address, resolve);
    });
    try {
      using network = new RealNetwork();
      const client = await network.connect(at(IPV4, portOf(server)), { tcp });
      client.sink.write(Buffer.from("hello"));
      client.sink.end();
      assert.equal(await failureOf(client.source), undefined);
      client[Symbol.dispose]();
      await eventually(() => network.connections === 0);
    } finally {
      server.close();
    }
  });

  it("gives up a connect when aborted under way, with the reason, and closes its handle", async () => {
    using network = new RealNetwork();
    using listener = await listenOn(network, IPV4);
    const controller = new AbortController();
    const reason = new Error("no longer needed");
    const connecting = network.connect(listener.local, { tcp, signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(connecting, reason);
    listener[Symbol.dispose]();
    await eventually(() => sockets() === 0);
  });

  it("fails a connect that is under way when the network is disposed", async () => {
    const network = new RealNetwork();
    const listener = await listenOn(network, IPV4);
    const connecting = network.connect(listener.local, { tcp });
    network[Symbol.dispose]();
    await assert.rejects(connecting, (error) => {
      assert.ok(error instanceof SocketError);
      return error.code === "connection-aborted";
    });
  });

  it("resets a closed connection whose peer does not take the last bytes", async () => {
    using network = new RealNetwork({ lingerTimeout: 20 });
    const { client } = await link(network, IPV4);
    for (let idle = 0; idle < 5; idle += client.sink.capacity > 0 ? 0 : 1) {
      client.sink.write(new Uint8Array(client.sink.capacity));
      await turn();
    }
    client[Symbol.dispose]();
    assert.equal(network.connections, 2);
    await eventually(() => network.connections === 1);
  });

  it("delivers what was written before the close, and then closes its handle", async () => {
    using network = new RealNetwork();
    const { listener, client, server } = await link(network, IPV4);
    const bytes = new Uint8Array(client.sink.capacity);
    client.sink.write(bytes);
    client[Symbol.dispose]();
    let received = 0;
    while (!server.source.ended) {
      received += server.source.readInto(new Uint8Array(10_000));
      await turn();
    }
    assert.equal(received, bytes.length);
    assert.equal(server.source.failure, undefined);
    server[Symbol.dispose]();
    listener[Symbol.dispose]();
    await eventually(() => sockets() === 0);
  });
});

const STUCK_SERVER = `
  const { createServer } = require("node:net");
  const { parentPort, workerData } = require("node:worker_threads");
  const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(workerData, 0, 0);
  });
`;

/** Sockets of this process that are open. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}
