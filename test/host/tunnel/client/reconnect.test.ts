import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { describe, it } from "mocha";
import { RetryBudget } from "../../../../host/tunnel/client/retry-budget.ts";
import type { TunnelState } from "../../../../host/tunnel/client/state.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import {
  echo,
  eventually,
  FakeTunnelClock,
  GuestNetwork,
  startServer,
  startTunnel,
  type TestServer,
  visit,
} from "../support.ts";
import { startScript, toAddress } from "./scripted-server.ts";

describe("A tunnel that lost its server", () => {
  it("comes back twenty times with the same port, and mixes no visitors up", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    let server: TestServer = await startServer();
    const { address } = server;
    using it = startTunnel({ server: address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    for (let round = 0; round < 20; round++) {
      const texts = [`${round}-a`, `${round}-b`, `${round}-c`];
      const answers = await Promise.all(texts.map((text) => visit(publicPort, text)));
      assert.deepEqual(answers, texts);
      server[Symbol.dispose]();
      await it.until("reconnecting");
      server = await startServer({ port: address.port });
      assert.equal((await it.until("connected")).publicPort, publicPort);
    }
    server[Symbol.dispose]();
    assert.deepEqual(
      it.events.filter(({ tag }) => tag === "url"),
      [],
    );
  });

  it("tells of another address where it cannot have its port back", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest, timing: { patience: 0 } });
    const { publicPort, publicUrl } = await it.until("connected");
    server[Symbol.dispose]();
    await it.until("reconnecting");
    const holder = createServer();
    holder.listen(publicPort, "127.0.0.1");
    await once(holder, "listening");
    using _second = await startServer({ port: server.port });
    const other = await it.until("connected");
    holder.close();
    assert.notEqual(other.publicPort, publicPort);
    assert.deepEqual(it.events.at(-1), { tag: "url", url: other.publicUrl, previous: publicUrl });
  });

  it("is patient while its port is held, and takes it when it is free", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { publicPort } = await it.until("connected");
    server[Symbol.dispose]();
    await it.until("reconnecting");
    const holder = createServer();
    holder.listen(publicPort, "127.0.0.1");
    await once(holder, "listening");
    using second = await startServer({ port: server.port });
    await eventually(() => second.reasons("refused").length > 3);
    holder.close();
    assert.equal((await it.until("connected")).publicPort, publicPort);
  });

  it("takes any port where the server's range is another one now", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ minPort: 21_000, maxPort: 21_499 });
    using it = startTunnel({ server: server.address, wayIn: guest });
    await it.until("connected");
    server[Symbol.dispose]();
    await it.until("reconnecting");
    using _second = await startServer({ port: server.port, minPort: 21_500, maxPort: 21_999 });
    assert.ok((await it.until("connected")).publicPort >= 21_500);
  });

  it("fails when the server's secret changed", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ secrets: [new Secret("a")] });
    using it = startTunnel({ server: server.address, wayIn: guest, secret: new Secret("a") });
    await it.until("connected");
    server[Symbol.dispose]();
    await it.until("reconnecting");
    using _second = await startServer({ port: server.port, secrets: [new Secret("b")] });
    assert.equal((await it.until("failed")).failure.code, "unauthorized");
  });

  it("never hands what the server says to the guest, where its secret appeared meanwhile", async () => {
    using guest = new GuestNetwork();
    const received: string[] = [];
    using _service = guest.serve(80, (connection) => {
      const { source } = connection;
      const look = (): void => {
        const bytes = Buffer.alloc(source.available);
        source.readInto(bytes);
        received.push(bytes.toString());
        if (!source.ended) source.whenReadable.add(look);
      };
      source.whenReadable.add(look);
    });
    const visitor = crypto.randomUUID();
    using server = await startScript((socket, index) => {
      if (index === 0) socket.write(`{"Hello":4000}\0{"Connection":"${visitor}"}\0`);
      else socket.end(`{"Challenge":"${crypto.randomUUID()}"}\0`);
    });
    using it = startTunnel({ server: server.address, wayIn: guest });
    await eventually(() => it.tunnel.statistics.connections === 1);
    await eventually(() => it.tunnel.statistics.active === 0);
    assert.equal(received.join(""), "");
  });

  it("notices a black hole after eight seconds without a heartbeat", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using proxy = await startProxy(server.port);
    const clock = new FakeTunnelClock();
    const address = { ...server.address, port: proxy.port };
    using it = startTunnel({ server: address, wayIn: guest, clock });
    await it.until("connected");
    proxy.isForwarding = false;
    let waited = 0;
    await eventually(() => {
      if (it.tunnel.state.tag === "connected") {
        clock.advance(100);
        waited += 100;
      }
      return it.tunnel.state.tag !== "connected";
    });
    assert.ok(waited >= 8000, `it took ${waited} ms`);
    const { failure } = await it.until("reconnecting");
    assert.equal(failure.code, "timeout");
    proxy.isForwarding = true;
    await eventually(() => {
      clock.advance(200);
      return it.tunnel.state.tag === "connected";
    });
  });

  it("looks after its connection when the machine slept", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using proxy = await startProxy(server.port);
    const clock = new FakeTunnelClock();
    const address = { ...server.address, port: proxy.port };
    using it = startTunnel({ server: address, wayIn: guest, clock });
    await it.until("connected");
    proxy.isForwarding = false;
    it.tunnel.verify();
    clock.advance(2001);
    const { failure } = await it.until("reconnecting");
    assert.match(failure.reason, /slept/);
  });

  it("keeps a healthy connection when the machine slept", async () => {
    using guest = new GuestNetwork();
    using server = await startScript((socket) => socket.write('{"Hello":4000}\0'));
    const clock = new FakeTunnelClock();
    using it = startTunnel({ server: server.address, wayIn: guest, clock });
    await it.until("connected");
    it.tunnel.verify();
    // The second frame tells that the first was heard.
    server.connections[0]?.write('"Heartbeat"\0{"Error":"psst"}\0');
    await eventually(() => it.warnings.length === 1);
    clock.advance(2001);
    assert.equal(it.tunnel.state.tag, "connected");
    assert.equal(it.states.length, 1);
  });

  it("waits longer and longer, at random, and says when the next attempt is", async () => {
    using guest = new GuestNetwork();
    const clock = new FakeTunnelClock();
    using server = await startScript((socket) => socket.destroy());
    const shares = [0.1, 0.9, 0.5, 0.3, 0.7, 0.99, 0.99, 0.99, 0.99];
    let draws = 0;
    const random = (): number => shares[draws++ % shares.length] ?? 0;
    using it = startTunnel({
      server: server.address,
      wayIn: guest,
      clock,
      backoff: { initial: 500, max: 30_000, random },
    });
    const waits: number[] = [];
    for (const share of shares) {
      await eventually(() => isWaiting(it.tunnel.state, waits.length + 2));
      const { state } = it.tunnel;
      assert.ok(state.tag === "reconnecting" && state.nextAttemptAt !== undefined);
      const wait = state.nextAttemptAt - clock.date();
      const most = Math.min(30_000, 500 * 2 ** waits.length);
      assert.ok(Math.abs(wait - share * most) < 1, `${wait} is not ${share} of ${most}`);
      waits.push(wait);
      clock.advance(wait + 1);
    }
    assert.ok(Math.max(...waits) <= 30_000);
  });

  it("shares its attempts with all tunnels to that server", async () => {
    using guest = new GuestNetwork();
    const clock = new FakeTunnelClock();
    const budget = new RetryBudget(clock);
    using server = await startScript((socket) => socket.destroy());
    const backoff = { initial: 1, max: 1, random: () => 0 };
    using stack = new DisposableStack();
    const tunnels = Array.from({ length: 20 }, () =>
      stack.use(startTunnel({ server: server.address, wayIn: guest, clock, budget, backoff })),
    );
    await eventually(() => tunnels.every(({ tunnel }) => tunnel.state.tag === "reconnecting"));
    const first = server.connections.length;
    clock.advance(20_000);
    await eventually(() => server.connections.length >= first + 20);
    // Ten at once, and two a second: what an eager tunnel would make of twenty seconds is in the thousands.
    assert.ok(server.connections.length < 120, `${server.connections.length} attempts`);
  });
});

function isWaiting(state: TunnelState, attempt: number): boolean {
  const isIt = state.tag === "reconnecting" && state.attempt === attempt;
  return isIt && state.nextAttemptAt !== undefined;
}

interface Proxy extends Disposable {
  readonly port: number;
  /** False makes it swallow everything, without closing anything. */
  isForwarding: boolean;
}

async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [socket, far],
      [far, socket],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("data", (chunk) => {
        if (state.isForwarding) to.write(chunk);
      });
      from.on("close", () => {
        if (state.isForwarding) to.destroy();
      });
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const state = {
    port: toAddress(proxy.address()).port,
    isForwarding: true,
    [Symbol.dispose]: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return state;
}
