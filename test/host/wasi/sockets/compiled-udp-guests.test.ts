import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { after, before, describe, it } from "mocha";
import { type Compiler, createCompiler } from "../../../../host/engine/compiler.ts";
import { Component } from "../../../../host/engine/component.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { createImports } from "../../../../host/wasi/imports.ts";
import { missingImports } from "../../../../host/wasi/interfaces.ts";
import { resourceCount } from "../../../../host/wasi/resource.ts";
import { toErrorCodeIndex } from "../../../../host/wasi/sockets/error-code.ts";
import { parseLoopbackGrant } from "../../../../policy/loopback-grant.ts";
import { type GuestName, readGuest } from "../../../fixture/guest/guest.ts";
import { TestEgress } from "../egress/support.ts";
import { createGuest } from "../support.ts";

const OK = 255;
const NO_ANSWER = 254;
const LOOPBACK = 0x7f_00_00_01;
const SENTINEL = 0x7f_ff_ff_fe;

describe("compiled guests over UDP", function () {
  this.timeout(60_000);
  let compiler: Compiler;
  let echo: Component;
  let client: Component;

  before(async () => {
    compiler = createCompiler({ cacheDir: undefined, asyncExports: ["rounds", "ask"] });
    [echo, client] = await Promise.all([load("udp-echo"), load("udp-client")]);
  });

  after(() => compiler[Symbol.asyncDispose]());

  it("exchange datagrams of every size, one at a time and many", async () => {
    await withEcho(async (call) => {
      assert.equal(await call("rounds", 100, 1, 64), 6400n);
      assert.equal(await call("rounds", 10, 64, 1400), 896_000n);
      assert.equal(await call("rounds", 3, 1, 65_507), 196_521n);
      assert.equal(await call("rounds", 3, 64, 0), 0n);
    });
  });

  it("see each other within the workload only, and nobody where there is nobody", async () => {
    await withEcho(async (call) => {
      assert.equal(await call("ask", LOOPBACK, 7777, 10, 1000), OK);
      assert.equal(await call("ask", LOOPBACK, 7778, 10, 5), NO_ANSWER);
      assert.equal(await call("ask", LOOPBACK, 0, 10, 5), toErrorCodeIndex("invalid-argument"));
      assert.equal(await call("ask", 0, 7777, 10, 5), toErrorCodeIndex("invalid-argument"));
      assert.equal(await call("bind", LOOPBACK, 7777), toErrorCodeIndex("address-in-use"));
      assert.equal(await call("bind", LOOPBACK, 7778), OK);
    });
  });

  it("are denied what nobody grants: other addresses, metadata, broadcast, the machine's loopback", async () => {
    const guest = createGuest({ kind: "component" });
    const call = connect(guest);
    const denied = toErrorCodeIndex("access-denied");
    assert.equal(await call("bind", 0x0a_00_00_01, 7777), denied);
    for (const host of [0xa9_fe_a9_fe, 0xff_ff_ff_ff, 0xe0_00_00_01, SENTINEL]) {
      assert.equal(await call("ask", host, 53, 10, 5), denied);
    }
    guest[Symbol.dispose]();
  });

  it("reach a granted port of the machine, and hear its answer", async () => {
    const server = createSocket("udp4", (data, { address, port }) => {
      server.send(data, port, address);
    });
    const { port } = server.bindSync({ address: "127.0.0.1" });
    using egress = new TestEgress();
    const grant = parseLoopbackGrant(`${port}/udp`);
    assert.ok(grant);
    const policy = { hostLoopback: true, loopbackGrants: [grant] };
    const guest = createGuest(egress.options(policy));
    try {
      assert.equal(await connect(guest)("ask", SENTINEL, port, 1000, 5000), OK);
      assert.equal(egress.network.udpSockets, 0, "the guest closed its socket");
    } finally {
      guest[Symbol.dispose]();
      server.close();
    }
  });

  async function load(name: GuestName): Promise<Component> {
    const compiled = await compiler.compile(await readGuest(name), { memory: 16_777_216 });
    assert.deepEqual(missingImports(compiled.imports), []);
    return new Component(compiled);
  }

  /** Starts the echo service as `guest`; the promise settles when it ends. */
  async function run(guest: Guest): Promise<unknown> {
    const cli = echo.instantiate(createImports(guest)).exports["wasi:cli/run"];
    assert.ok(typeof cli === "object");
    return await cli["run"]?.();
  }

  function connect(guest: Guest): Call {
    const { exports } = client.instantiate(createImports(guest));
    return async (name, ...args) => {
      const act = exports[name];
      assert.ok(typeof act === "function");
      return await act(...args);
    };
  }

  async function withEcho(act: (call: Call) => Promise<void>): Promise<void> {
    const resources = resourceCount();
    const network = new VirtualNetwork();
    const service = createGuest({ network });
    const ended = assert.rejects(run(service), { name: "GuestDisposedError" });
    while (network.udpSockets === 0) await new Promise(setImmediate);
    const component = createGuest({ network, kind: "component" });
    await act(connect(component));
    component[Symbol.dispose]();
    service[Symbol.dispose]();
    await ended;
    assert.equal(network.udpSockets, 0);
    assert.equal(resourceCount(), resources);
  }
});

type Call = (name: string, ...args: readonly unknown[]) => Promise<unknown>;
