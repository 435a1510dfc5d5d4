import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type Compiler, createCompiler } from "../../../../host/engine/compiler.ts";
import { Component } from "../../../../host/engine/component.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { createImports } from "../../../../host/wasi/imports.ts";
import { missingImports } from "../../../../host/wasi/interfaces.ts";
import { resourceCount } from "../../../../host/wasi/resource.ts";
import { networkErrorCode, toErrorCodeIndex } from "../../../../host/wasi/sockets/error-code.ts";
import { type GuestName, readGuest } from "../../../fixture/guest/guest.ts";
import { createGuest } from "../support.ts";
import { countsOf, ipv4, NOTHING_OPEN, SocketGuest } from "./support.ts";

const REACHED = 255;

describe("compiled guests over one virtual network", function () {
  this.timeout(60_000);
  let compiler: Compiler;
  let echo: Component;
  let client: Component;

  before(async () => {
    compiler = createCompiler({
      cacheDir: undefined,
      asyncExports: ["rounds", "stream", "connects", "reach"],
    });
    [echo, client] = await Promise.all([load("tcp-echo"), load("tcp-client")]);
  });

  after(() => compiler[Symbol.asyncDispose]());

  it("exchange every byte, in small and large pieces, over one and many connections", async () => {
    await withEcho(async (call) => {
      assert.equal(await call("rounds", 200, 64), 12_800n);
      assert.equal(await call("stream", 8_388_608n, 65_536), 8_388_608n);
      assert.equal(await call("stream", 100_000n, 777), 100_000n);
      assert.equal(await call("connects", 200), 200n);
    });
  });

  it("see each other through connect only: refused where nobody listens, denied where they may not bind", async () => {
    await withEcho(async (call) => {
      assert.equal(await call("reach", 7777, 4), REACHED);
      assert.equal(await call("reach", 7778, 4), toErrorCodeIndex("connection-refused"));
      assert.equal(await call("reach", 7777, 6), toErrorCodeIndex("connection-refused"));
      assert.equal(await call("reach", 0, 4), toErrorCodeIndex("invalid-argument"));
      assert.equal(await call("bind", 9000), toErrorCodeIndex("access-denied"));
    });
  });

  it("leave nothing behind, however often they come and go", async () => {
    const resources = resourceCount();
    const network = new VirtualNetwork();
    for (let round = 0; round < 10; round += 1) {
      using guest = createGuest({ network });
      const ended = assert.rejects(run(guest), { name: "GuestDisposedError" });
      await listening(network);
      using caller = createGuest({ network, kind: "component" });
      assert.equal(await connect(caller)("connects", 3), 3n);
      guest[Symbol.dispose]();
      await ended;
    }
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
    assert.equal(resourceCount(), resources);
  });

  it("that trap lose their port and their connections to a reset, ten times in a row", async () => {
    const trapping = await load("service-misbehave");
    const network = new VirtualNetwork();
    using peer = new SocketGuest({ network });
    for (let round = 0; round < 10; round += 1) {
      using guest = createGuest({ network });
      const ended = assert.rejects(run(guest, trapping), WebAssembly.RuntimeError);
      await listening(network);
      const [, input, output] = await peer.connect(ipv4(7777));
      output.checkWrite();
      output.write(Buffer.from("trap\n"));
      await ended;
      guest[Symbol.dispose]();
      assert.throws(
        () => input.read(1n),
        (error) => {
          assert.ok(error instanceof GuestError);
          return networkErrorCode(error.payload.val) === "connection-reset";
        },
      );
      assert.equal(network.listeners, 0);
    }
  });

  async function load(name: GuestName): Promise<Component> {
    const compiled = await compiler.compile(await readGuest(name), { memory: 16_777_216 });
    assert.deepEqual(missingImports(compiled.imports), []);
    return new Component(compiled);
  }

  /** Starts `service` as `guest`; the promise settles when it ends. */
  async function run(guest: Guest, service: Component = echo): Promise<unknown> {
    const cli = service.instantiate(createImports(guest)).exports["wasi:cli/run"];
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
    const network = new VirtualNetwork();
    const service = createGuest({ network });
    const ended = assert.rejects(run(service), { name: "GuestDisposedError" });
    await listening(network);
    const component = createGuest({ network, kind: "component" });
    await act(connect(component));
    component[Symbol.dispose]();
    service[Symbol.dispose]();
    await ended;
    assert.deepEqual(countsOf(network), NOTHING_OPEN);
  }
});

type Call = (name: string, ...args: readonly unknown[]) => Promise<unknown>;

async function listening(network: VirtualNetwork): Promise<void> {
  while (network.listeners === 0) await new Promise(setImmediate);
}
