import assert from "node:assert/strict";
import { once } from "node:events";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createServer } from "node:net";
import type { Connection } from "../../../../host/network/network.ts";
import { toText } from "../../../../host/network/socket-address.ts";
import { TcpListener } from "../../../../host/ingress/forward/tcp-listener.ts";
import { SYSTEM_CLOCK } from "../../../../host/engine/clock.ts";
import { nextTurn, readText, until } from "../../bridge/support.ts";
import { FakeClock } from "../../workload/fake-clock.ts";
import { ask, attempt, dial, echo, endOf, Harbour, readSocket } from "./support.ts";

describe("Forward, bytes", () => {
  it("answers a client that has half-closed, however late", async () => {
    await using harbour = new Harbour();
    harbour.serve((connection) => {
      void answerLate(connection);
    });
    const { host } = await harbour.add();
    assert.equal(await ask(await dial(host), "question"), "QUESTION");
  });

  it("lets a client go on sending after the guest has ended", async () => {
    await using harbour = new Harbour();
    const received = Promise.withResolvers<string>();
    harbour.serve((connection) => {
      connection.sink.write(Buffer.from("bye"));
      connection.sink.end();
      received.resolve(readText(connection.source));
    });
    const { host } = await harbour.add();
    const client = await dial(host);
    assert.equal(await readSocket(client), "bye");
    client.end("still here");
    assert.equal(await received.promise, "still here");
  });

  it("passes a guest's reset on to the client", async () => {
    await using harbour = new Harbour();
    harbour.serve((connection) => connection.reset());
    const forward = await harbour.add();
    assert.equal(await attempt(forward.host), "ECONNRESET");
    await until(() => harbour.now(forward).stats.open === 0);
    assert.match(harbour.now(forward).stats.lastError?.message ?? "", /was reset/);
  });

  it("passes a client's reset on to the guest", async () => {
    await using harbour = new Harbour();
    const inside = Promise.withResolvers<Connection>();
    harbour.serve(inside.resolve);
    const { host } = await harbour.add();
    const client = await dial(host);
    client.write("x");
    const connection = await inside.promise;
    await until(() => connection.source.available > 0);
    client.resetAndDestroy();
    await until(() => connection.source.failure !== undefined);
    assert.equal(connection.sink.closed, true);
  });

  it("resets the client when the workload dies, and goes on listening", async () => {
    await using harbour = new Harbour();
    harbour.serve(({ sink }) => sink.write(Buffer.from("hello")));
    const forward = await harbour.add();
    const client = await dial(forward.host);
    await once(client, "data");
    const end = endOf(client);
    harbour.shore.cell[Symbol.dispose]();
    assert.equal(await end, "ECONNRESET");
    (await dial(forward.host)).destroy();
    await until(() => harbour.now(forward).stats.total === 2);
  });

  it("answers bytes to a connection that the guest has closed with a reset", async () => {
    await using harbour = new Harbour();
    harbour.serve((connection) => connection[Symbol.dispose]());
    const { host } = await harbour.add();
    const client = await dial(host);
    await once(client.resume(), "end");
    client.on("error", () => {});
    const closed = new Promise((resolve) => {
      client.once("close", resolve);
    });
    const timer = setInterval(() => client.write("more"), 5);
    await closed;
    clearInterval(timer);
    await until(() => harbour.wayIn.active === 0);
  });

  it("switches Nagle's algorithm off, allows half-open connections and reads nothing unasked", async () => {
    const options: unknown[] = [];
    const claim = { [Symbol.dispose]: (): void => {} };
    await using _ = await TcpListener.open(
      { tag: "port", protocol: "tcp", address: "127.0.0.1", port: 0 },
      claim,
      {
        clock: SYSTEM_CLOCK,
        accept: () => {},
        warn: () => {},
        createServer: (...args: unknown[]) => {
          options.push(args[0]);
          return createServer();
        },
      },
    );
    assert.partialDeepStrictEqual(options, [
      { noDelay: true, allowHalfOpen: true, pauseOnConnect: true, keepAlive: true },
    ]);
  });

  it("stops a sender whose bytes nobody reads, on either side", async () => {
    await using harbour = new Harbour();
    const inside = Promise.withResolvers<Connection>();
    harbour.serve(inside.resolve);
    const forward = await harbour.add();
    const client = await dial(forward.host);
    client.pause();
    const { sink } = await inside.promise;
    const chunk = new Uint8Array(64 * 1024);
    let sent = 0;
    for (let quiet = 0; quiet < 200; quiet += 1) {
      const count = Math.min(sink.capacity, chunk.length);
      if (count > 0) {
        sink.write(chunk.subarray(0, count));
        sent += count;
        quiet = 0;
      }
      if (client.writableLength < 1024 * 1024) client.write(chunk);
      await nextTurn();
    }
    const { bytesIn, bytesOut } = harbour.now(forward).stats;
    // What is above this is in the kernel's buffers.
    assert.ok(bytesIn < 2 * 1024 * 1024, `${bytesIn} bytes were read for a guest that reads none`);
    assert.ok(sent - bytesOut < 2 * 1024 * 1024 && sent < 32 * 1024 * 1024, `${sent} ${bytesOut}`);
    client.destroy();
  });

  it("delivers any bytes in any pieces, both ways", async () => {
    await using harbour = new Harbour();
    harbour.serve(mirror);
    const { host } = await harbour.add();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 }),
        async (pieces) => {
          const client = await dial(host);
          const answer = readSocket(client);
          for (const piece of pieces) {
            client.write(piece);
            if (piece.length % 2 === 0) await nextTurn();
          }
          client.end();
          assert.equal(await answer, Buffer.concat(pieces).toString());
        },
      ),
      { numRuns: 30 },
    );
  });

  it("counts bytes each way", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const forward = await harbour.add();
    await ask(await dial(forward.host), "four");
    await until(() => harbour.now(forward).stats.open === 0);
    assert.partialDeepStrictEqual(harbour.now(forward).stats, {
      total: 1,
      bytesIn: 4,
      bytesOut: 4,
      refused: 0,
      lastError: undefined,
    });
  });

  it("shows the guest the client's own address", async () => {
    await using harbour = new Harbour();
    const peers: string[] = [];
    harbour.serve((connection) => {
      peers.push(toText(connection.remote));
      echo(connection);
    });
    const { host } = await harbour.add();
    for (const address of ["127.0.0.1", "::1"]) {
      const client = await dial(host, address);
      const { localPort } = client;
      await ask(client, "?");
      assert.equal(peers.pop(), `127.0.0.1:${localPort}`);
    }
  });

  it("resets what idles, and what is half-open without a byte", async () => {
    for (const [limit, act] of [
      [{ idleTimeout: 1000 }, "idle"],
      [{ halfOpenTimeout: 1000 }, "end"],
    ] as const) {
      const clock = new FakeClock();
      await using harbour = new Harbour({ clock });
      harbour.serve(() => {});
      const forward = await harbour.add("auto:80", { limits: limit });
      const client = await dial(forward.host);
      client.write("x");
      if (act === "end") client.end();
      await until(() => harbour.now(forward).stats.bytesIn === 1);
      const end = endOf(client);
      for (let turn = 0; turn < 50; turn += 1) await nextTurn();
      clock.advance(1100);
      assert.equal(await end, "ECONNRESET");
      assert.match(harbour.now(forward).stats.lastError?.message ?? "", /idle/);
    }
  });
});

async function answerLate(connection: Connection): Promise<void> {
  const text = await readText(connection.source);
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  connection.sink.write(Buffer.from(text.toUpperCase()));
  connection[Symbol.dispose]();
}

/** Sends back each piece as it comes. */
function mirror(connection: Connection): void {
  const { source, sink } = connection;
  const step = (): void => {
    while (source.available > 0 && sink.capacity > 0) {
      const bytes = new Uint8Array(Math.min(source.available, sink.capacity, 1000));
      source.readInto(bytes);
      sink.write(bytes);
    }
    if (source.ended) connection[Symbol.dispose]();
    else if (source.available > 0) sink.whenWritable.add(step);
    else source.whenReadable.add(step);
  };
  step();
}
