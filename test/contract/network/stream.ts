import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Connection } from "../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT } from "../../../host/network/tcp-options.ts";
import {
  type CreateNetwork,
  link,
  type Loopback,
  pseudoRandom,
  pseudoRandomBytes,
  read,
  readToEnd,
  turn,
  until,
  writeAll,
} from "./support.ts";

export function describeStream(createNetwork: CreateNetwork, loopback: Loopback): void {
  describe("stream", () => {
    it("carries bytes in both directions", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.sink.write(Buffer.from("ping"));
      assert.equal(String(await read(server.source, 4)), "ping");
      server.sink.write(Buffer.from("pong"));
      assert.equal(String(await read(client.source, 4)), "pong");
    });

    it("copies what is written, so that the writer may overwrite it at once", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const bytes = Buffer.from("before");
      client.sink.write(bytes);
      bytes.fill("x");
      assert.equal(String(await read(server.source, 6)), "before");
    });

    it("moves nothing for an empty write or an empty target", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.sink.write(new Uint8Array(0));
      client.sink.write(Buffer.from("a"));
      await until(server.source.whenReadable, () => server.source.available > 0);
      assert.equal(server.source.readInto(new Uint8Array(0)), 0);
      assert.equal(server.source.available, 1);
      assert.equal(client.source.readInto(new Uint8Array(8)), 0);
    });

    for (const sender of ["client", "server"] as const) {
      it(`half-closes: when the ${sender} ended, the other direction goes on`, async () => {
        using network = createNetwork();
        const linked = await link(network, loopback);
        const [ender, other] =
          sender === "client" ? [linked.client, linked.server] : [linked.server, linked.client];
        ender.sink.write(Buffer.from("last words"));
        ender.sink.end();
        assert.equal(String(await readToEnd(other.source)), "last words");
        assert.equal(other.source.failure, undefined);
        assert.equal(other.sink.closed, false);
        other.sink.write(Buffer.from("an answer"));
        other.sink.end();
        assert.equal(String(await readToEnd(ender.source)), "an answer");
        assert.equal(ender.source.failure, undefined);
      });
    }

    it("takes nothing after its end, however often it is ended", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      client.sink.end();
      client.sink.end();
      assert.equal(client.sink.closed, true);
      assert.equal(client.sink.capacity, 0);
      assert.equal(client.sink.failure, undefined);
      assert.throws(() => client.sink.write(Buffer.from("a")), RangeError);
      assert.throws(() => client.sink.write(new Uint8Array(0)), RangeError);
      assert.equal((await readToEnd(server.source)).length, 0);
    });

    it("refuses more than its capacity and takes none of it", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const tooMuch = Buffer.alloc(client.sink.capacity + 1);
      assert.throws(() => client.sink.write(tooMuch), RangeError);
      client.sink.write(Buffer.from("b"));
      client.sink.end();
      assert.equal(String(await readToEnd(server.source)), "b");
    });

    it("stops a writer whose reader does not read, and lets it go on when that does", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const written = await fill(client);
      const waiting = until(client.sink.whenWritable, () => client.sink.capacity > 0);
      const received = read(server.source, written);
      await waiting;
      assert.ok(client.sink.capacity > 0);
      assert.equal((await received).length, written);
      assert.equal(server.source.available, 0);
    });

    it("delivers large transfers in both directions byte by byte, whatever the chunks", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const up = pseudoRandomBytes(3_000_001, 1);
      const down = pseudoRandomBytes(2_000_003, 2);
      const [, , upReceived, downReceived] = await Promise.all([
        sendInChunks(client, up, pseudoRandom(3)),
        sendInChunks(server, down, pseudoRandom(4)),
        readToEnd(server.source),
        readToEnd(client.source),
      ]);
      assert.ok(upReceived.equals(up));
      assert.ok(downReceived.equals(down));
    });

    it("goes on when its options change, whatever the sizes", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      const bytes = pseudoRandomBytes(300_000, 5);
      const received = readToEnd(server.source);
      for (const size of [1, 100_000, 0, -1, Number.NaN, 4096]) {
        const options = { ...TCP_OPTIONS_DEFAULT, receiveBufferSize: size, sendBufferSize: size };
        client.configure(options);
        server.configure({ ...options, keepAlive: true, keepAliveIdle: 60_000 });
        await writeAll(client.sink, bytes.subarray(0, 200));
      }
      await writeAll(client.sink, bytes);
      client.sink.end();
      assert.equal((await received).length, bytes.length + 6 * 200);
    });

    it("never leaves a writer stuck whose reader wants nothing more", async () => {
      using network = createNetwork();
      const { client, server } = await link(network, loopback);
      server.source.cancel();
      server.source.cancel();
      assert.equal(server.source.ended, true);
      const chunk = Buffer.alloc(1024);
      for (let count = 0; count < 8192 && !client.sink.closed; count += 1) {
        await until(
          client.sink.whenWritable,
          () => client.sink.capacity >= 1024 || client.sink.closed,
        );
        if (!client.sink.closed) client.sink.write(chunk);
      }
      server.sink.write(Buffer.from("the other direction"));
      assert.equal(String(await read(client.source, 19)), "the other direction");
    });
  });
}

/** Writes until nothing more is taken, and stays so; returns how many bytes that were. */
async function fill({ sink }: Connection): Promise<number> {
  let written = 0;
  for (let idle = 0; idle < 5; idle += 1) {
    while (sink.capacity > 0) {
      const count = Math.min(sink.capacity, 65_536);
      sink.write(Buffer.alloc(count));
      written += count;
      idle = 0;
    }
    await turn();
  }
  return written;
}

async function sendInChunks(
  { sink }: Connection,
  bytes: Uint8Array,
  random: (bound: number) => number,
): Promise<void> {
  let sent = 0;
  while (sent < bytes.length) {
    const count = 1 + random(random(2) === 0 ? 100 : 100_000);
    const chunk = bytes.subarray(sent, sent + count);
    await writeAll(sink, chunk);
    sent += chunk.length;
  }
  sink.end();
}
