import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { after, before, describe, it } from "mocha";
import type { Compiler } from "../../host/engine/compiler.ts";
import { DEFAULT_LIMITS } from "../../host/manifest/read-limits.ts";
import type { Connection } from "../../host/network/network.ts";
import { createTestCompiler, RealWorkload, workloadOf } from "../host/workload/real-workload.ts";

describe("a component that spins in a workload with a service", function () {
  this.timeout(30_000);
  let compiler: Compiler;
  before(() => {
    compiler = createTestCompiler();
  });
  after(() => compiler[Symbol.asyncDispose]());

  it("is ended at its timeout; the service keeps its connection and answers meanwhile", async () => {
    await using test = await start({ timeout: 700, hang: 60_000 });
    const connection = await connect(test);
    const lines = talkUntil(connection, test.get("/spin"));
    await assert.rejects(lines.spun, { code: "timeout", reason: /longer than 700 ms/ });
    assert.ok((await lines.count) > 2, `the service answered ${await lines.count} lines`);
    assert.equal(await ask(connection, "still here\n"), "still here\n");
    assert.deepEqual(
      test.states.map(({ tag }) => tag),
      ["running"],
    );
    assert.match(await test.get("/headers"), /^200 /);
  });

  it("is ended at its hang limit where that comes first", async () => {
    await using test = await start({ timeout: 60_000, hang: 400 });
    const connection = await connect(test);
    const lines = talkUntil(connection, test.get("/spin"));
    await assert.rejects(lines.spun, { code: "guest-failed", reason: /unresponsive for 400 ms/ });
    assert.ok((await lines.count) > 2, `the service answered ${await lines.count} lines`);
    assert.equal(await ask(connection, "still here\n"), "still here\n");
    assert.equal(test.restarts, 0);
  });

  it("leaves its other instances to answer, however many of them spin", async () => {
    await using test = await start({ timeout: 1_500, hang: 60_000 });
    const spinning = Array.from({ length: 3 }, () =>
      assert.rejects(test.get("/spin"), { code: "timeout" }),
    );
    for (let round = 0; round < 5; round += 1) assert.match(await test.get("/headers"), /^200 /);
    await Promise.all(spinning);
    assert.equal(test.restarts, 0);
  });

  it("is ended as soon as its client has gone", async () => {
    await using test = await start({ timeout: 60_000, hang: 60_000 });
    for (let round = 0; round < 10; round += 1) {
      const gone = new AbortController();
      const spun = test.request("/spin", undefined, gone.signal);
      setTimeout(() => gone.abort(new Error("client gone")), 50);
      await assert.rejects(spun, /client gone/);
    }
    assert.match(await test.get("/headers"), /^200 /);
    assert.equal(test.restarts, 0);
  });

  it("may be its service, which is ended at its hang limit, alone", async () => {
    await using test = await start({ timeout: 60_000, hang: 400 });
    const connection = await connect(test);
    connection.sink.write(Buffer.from("spin\n"));
    assert.match(await test.get("/headers"), /^200 /);
    await test.until(() => test.restarts === 1);
    assert.match(test.states.at(-1)?.reason ?? "", /unresponsive for 400 ms/);
    await test.untilState("running");
    assert.equal(test.cells.length, 1, "its cell goes on");
    assert.equal(await ask(await connect(test), "again\n"), "again\n");
  });

  async function start(limits: {
    readonly timeout: number;
    readonly hang: number;
  }): Promise<RealWorkload> {
    const { timeout, hang } = limits;
    const changes = { limits: { ...DEFAULT_LIMITS, memory: 2 ** 24, hang } };
    const test = await RealWorkload.start(
      workloadOf({
        service: "service-misbehave",
        component: "http-misbehave",
        serviceChanges: changes,
        componentChanges: { ...changes, timeout, poolSize: 4 },
      }),
      compiler,
    );
    await test.untilState("running");
    return test;
  }
});

/** A connection from outside to the service, which sends each line back. */
function connect(test: RealWorkload): Promise<Connection> {
  const remote = new SocketAddress({ address: "127.0.0.1", port: 50_000 });
  return test.running.wayIn.connect(7777, { remote, signal: AbortSignal.timeout(10_000) });
}

async function ask({ source, sink }: Connection, line: string): Promise<string> {
  sink.write(Buffer.from(line));
  const answer = Buffer.alloc(line.length);
  for (let length = 0; length < line.length;) {
    assert.ok(!source.ended, `the connection ended: ${source.failure?.message}`);
    const count = source.readInto(answer.subarray(length));
    if (count === 0) await new Promise<void>((resolve) => source.whenReadable.add(resolve));
    length += count;
  }
  return answer.toString();
}

/** Has lines sent back until `spun` settles, and counts them. */
function talkUntil<T>(
  connection: Connection,
  spun: Promise<T>,
): { readonly spun: Promise<T>; readonly count: Promise<number> } {
  let spins = true;
  const watched = spun.finally(() => (spins = false));
  return { spun: watched, count: talk() };

  async function talk(): Promise<number> {
    let count = 0;
    for (; spins; count += 1) assert.equal(await ask(connection, `${count}\n`), `${count}\n`);
    return count;
  }
}
