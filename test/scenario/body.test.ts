import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import type { ServerProcess } from "../support/host-process.ts";
import { startWorkloads } from "../support/host-workloads.ts";
import { hasProc, holdingsOf } from "../support/machine.ts";

const MIB = 2 ** 20;
const SIZE = 32 * MIB;

/** The body whose memory is watched, as large as the whole limit of a cell's heap. */
const LARGE = 256 * MIB;

/** What a host may take for it beyond what it had before, in MiB: garbage, of a quarter of the body at the most. */
const TOLERANCE = 64;

describe("a large body", function () {
  this.timeout(60_000);
  let islet: ServerProcess;
  before(async () => {
    islet = await startWorkloads({
      name: "count",
      component: { guest: "http-count", poolSize: 1, timeout: "20s", limits: { memory: "8Mi" } },
    });
  });
  after(() => islet[Symbol.asyncDispose]());

  it("is counted to its last byte, with a flat memory of the host", async function () {
    if (!hasProc) {
      console.log("      Only Linux tells how much memory a process has; not checked");
      this.skip();
    }
    // Until the garbage of the buffers, which is outside of any heap's limit, is collected as fast as it comes.
    assert.equal(await count(LARGE), String(LARGE));
    const { memory } = await holdingsOf(islet.pid);
    const watch = new AbortController();
    const peak = peakMemory(watch.signal);
    assert.equal(await count(LARGE), String(LARGE));
    watch.abort();
    const grown = (await peak) - memory;
    assert.ok(grown < TOLERANCE, `the host grew by ${grown.toFixed(1)} MiB`);
  });

  it("comes back byte for byte from an echo, to a client that reads slowly", async () => {
    const sent = createHash("sha256");
    const received = createHash("sha256");
    const { outgoing, response } = open("/echo", "POST");
    Readable.from(noise(SIZE, sent)).pipe(outgoing);
    const incoming = await response;
    let length = 0;
    for await (const chunk of incoming) {
      received.update(chunk);
      // Some pauses are long enough for every buffer on the way to fill.
      if (Math.floor(length / MIB) < Math.floor((length + chunk.length) / MIB))
        await setTimeout(20);
      length += chunk.length;
    }
    assert.equal(length, SIZE);
    assert.equal(received.digest("hex"), sent.digest("hex"));
  });

  it("holds its sender back while the receiver does not read", async () => {
    const { outgoing, response } = open("/echo", "POST");
    let sent = 0;
    Readable.from(
      (function* () {
        for (const chunk of noise(4 * SIZE)) {
          sent += chunk.length;
          yield chunk;
        }
      })(),
    ).pipe(outgoing);
    outgoing.on("error", () => {});
    const incoming = await response;
    let before = -1;
    for (; before < sent; await setTimeout(200)) before = sent;
    assert.ok(sent < SIZE, `${sent} bytes were taken though nobody read the answer`);
    outgoing.destroy();
    incoming.destroy();
    assert.equal(await count(1000), "1000");
  });

  it("ends its guest when the client leaves half-way, however often that happens", async () => {
    // More than there may be instances: one that stayed would be missed.
    for (let round = 0; round < 80; round++) {
      const { outgoing, response } = open(`/large?bytes=${1024 * MIB}`, "GET");
      outgoing.end();
      const incoming = await response;
      await once(incoming, "data");
      outgoing.destroy();
    }
    assert.equal(await count(1000), "1000");
  });

  it("ends its guest when the client leaves half-way through its own body", async () => {
    for (let round = 0; round < 80; round++) {
      const { outgoing, response } = open("/", "POST");
      response.catch(() => {});
      outgoing.on("error", () => {});
      outgoing.write(Buffer.alloc(100_000));
      await setTimeout(5);
      outgoing.destroy();
    }
    assert.equal(await count(1000), "1000");
  });

  async function count(size: number): Promise<string> {
    const { outgoing, response } = open("/", "POST");
    Readable.from(zeros(size)).pipe(outgoing);
    return await text(await response);
  }

  function open(
    path: string,
    method: string,
  ): { readonly outgoing: ClientRequest; readonly response: Promise<IncomingMessage> } {
    const outgoing = request(islet.url + path, { method, agent: false });
    const response = once(outgoing, "response").then(([incoming]: IncomingMessage[]) => {
      assert.ok(incoming !== undefined);
      // A test that leaves half-way gets told so.
      incoming.on("error", () => {});
      return incoming;
    });
    return { outgoing, response };
  }

  async function peakMemory(signal: AbortSignal): Promise<number> {
    let peak = 0;
    while (!signal.aborted) {
      peak = Math.max(peak, (await holdingsOf(islet.pid)).memory);
      await setTimeout(20);
    }
    return peak;
  }
});

function* zeros(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = size; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, 65536));
}

/** Bytes in which a lost, doubled or swapped chunk shows. */
function* noise(size: number, hash?: ReturnType<typeof createHash>): Generator<Buffer> {
  let state = 1;
  for (let left = size; left > 0;) {
    const words = new Uint32Array(Math.min(left, 40_000) / 4);
    for (let index = 0; index < words.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words[index] = state;
    }
    const chunk = Buffer.from(words.buffer);
    hash?.update(chunk);
    left -= chunk.length;
    yield chunk;
  }
}
