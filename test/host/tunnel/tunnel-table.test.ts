import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LinkKey } from "../../../host/tunnel/access/signed-link.ts";
import { SYSTEM_TUNNEL_CLOCK, type TunnelClock } from "../../../host/tunnel/clock.ts";
import {
  TUNNELS_PER_WORKLOAD,
  TunnelLimitError,
  TunnelTable,
  type TunnelTableEvent,
} from "../../../host/tunnel/tunnel-table.ts";
import { echo, eventually, FakeTunnelClock, GuestNetwork, startServer, visit } from "./support.ts";

interface Lab extends Disposable {
  readonly table: TunnelTable;
  readonly events: TunnelTableEvent[];
}

function createTable(clock: TunnelClock = SYSTEM_TUNNEL_CLOCK): Lab {
  const events: TunnelTableEvent[] = [];
  const table = new TunnelTable({
    clock,
    backoff: { initial: 5, max: 50, random: Math.random },
    onEvent: (event) => events.push(event),
  });
  return { table, events, [Symbol.dispose]: () => table[Symbol.dispose]() };
}

describe("TunnelTable", () => {
  it("starts, lists and stops the tunnels of workloads", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    using server = await startServer();
    using lab = createTable();
    const { table } = lab;
    const owner = { workload: "a", wayIn: guest, isDeclared: false };
    const { id } = table.start(owner, { port: 80, server: server.address });
    table.start({ ...owner, workload: "b" }, { port: 80, server: server.address });
    await table.settled(id);
    const status = table.get(id);
    assert.equal(status?.state.tag, "connected");
    assert.equal(status?.server, `127.0.0.1:${server.port}`);
    if (status?.state.tag === "connected") {
      assert.equal(await visit(status.state.publicPort, "hello"), "hello");
    }
    assert.equal(table.list().length, 2);
    assert.deepEqual(
      table.list("a").map((tunnel) => tunnel.id),
      [id],
    );
    table.stopAll("b");
    assert.ok(table.stop(id));
    assert.equal(table.stop(id), false);
    assert.equal(table.get(id), undefined);
    assert.deepEqual(table.list(), []);
    await eventually(() => server.server.tunnels === 0);
  });

  it("says once for each server who can read along", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using lab = createTable();
    const owner = { workload: "a", wayIn: guest, isDeclared: true };
    lab.table.start(owner, { port: 80, server: server.address });
    lab.table.start(owner, { port: 81, server: server.address });
    const notices = lab.events.filter(({ tag }) => tag === "tunnel-warning");
    assert.equal(notices.length, 1);
    const [notice] = notices;
    assert.ok(notice?.tag === "tunnel-warning");
    assert.match(notice.message, /not encrypted: whoever runs 127\.0\.0\.1/);
    assert.match(notice.message, /Everybody who finds the public port/);
  });

  it("bounds the tunnels of a workload", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using lab = createTable();
    const owner = { workload: "a", wayIn: guest, isDeclared: false };
    const start = (): unknown => lab.table.start(owner, { port: 80, server: server.address });
    for (let count = 0; count < TUNNELS_PER_WORKLOAD; count++) start();
    assert.throws(start, TunnelLimitError);
  });

  it("makes signed links to connected tunnels that take them", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    using lab = createTable();
    const { table } = lab;
    const owner = { workload: "a", wayIn: guest, isDeclared: false };
    const key = new LinkKey();
    const plain = table.start(owner, { port: 80, server: server.address });
    const { id } = table.start(owner, { port: 80, server: server.address, access: { link: key } });
    assert.equal(table.link(id, "/", 0), undefined);
    await table.settled(id);
    const expiresAt = 60_000 + Math.ceil(Date.now() / 1000) * 1000;
    const link = new URL(table.link(id, "/a?b=c", expiresAt) ?? "");
    assert.equal(link.pathname, "/a");
    assert.equal(link.searchParams.get("b"), "c");
    assert.equal(key.verify(link.searchParams.get("islet-link") ?? "", Date.now()), expiresAt);
    assert.equal(table.link(plain.id, "/", expiresAt), undefined);
  });

  it("forgets a tunnel that expired, and tells of each state", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    const clock = new FakeTunnelClock();
    using lab = createTable(clock);
    const owner = { workload: "a", wayIn: guest, isDeclared: false };
    const wish = { port: 80, server: server.address, expiresAfter: 60_000 };
    await lab.table.settled(lab.table.start(owner, wish).id);
    clock.advance(60_001);
    await eventually(() => lab.table.list().length === 0);
    const states = lab.events.flatMap((event) =>
      event.tag === "tunnel" ? [event.tunnel.state.tag] : [],
    );
    assert.deepEqual(states, ["connected", "disconnected"]);
  });

  it("leaves no timer behind", async () => {
    using guest = new GuestNetwork();
    using server = await startServer();
    const clock = new FakeTunnelClock();
    using lab = createTable(clock);
    const owner = { workload: "a", wayIn: guest, isDeclared: false };
    const { id } = lab.table.start(owner, {
      port: 80,
      server: server.address,
      expiresAfter: 1_000_000,
    });
    await lab.table.settled(id);
    assert.ok(clock.timers > 0);
    lab.table.stop(id);
    await eventually(() => clock.timers === 0);
  });
});
