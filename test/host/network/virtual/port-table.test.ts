import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import type { PortReservation } from "../../../../host/network/network.ts";
import { toText } from "../../../../host/network/socket-address.ts";
import {
  EPHEMERAL_COUNT,
  EPHEMERAL_FIRST,
  EPHEMERAL_LAST,
} from "../../../../host/network/ephemeral-port.ts";
import { NO_QUOTA } from "../../../../host/network/quota.ts";
import { PortTable } from "../../../../host/network/virtual/port-table.ts";
import { codeOf, pseudoRandom } from "../../../contract/network/support.ts";

describe("PortTable", () => {
  it("goes through the ephemeral range and round it", () => {
    const table = new PortTable(NO_QUOTA, EPHEMERAL_LAST - 1);
    const ports = Array.from({ length: 4 }, () => table.reserve(ipv4(0)).local.port);
    assert.deepEqual(ports, [
      EPHEMERAL_LAST - 1,
      EPHEMERAL_LAST,
      EPHEMERAL_FIRST,
      EPHEMERAL_FIRST + 1,
    ]);
  });

  it("begins anywhere in the ephemeral range unless it is told where", () => {
    for (let count = 0; count < 100; count += 1) {
      const { port } = new PortTable().reserve(ipv4(0)).local;
      assert.ok(EPHEMERAL_FIRST <= port && port <= EPHEMERAL_LAST);
    }
  });

  it("lets an ephemeral port that became free rest until the range was gone through", () => {
    const table = new PortTable(NO_QUOTA, 50_000);
    for (const port of [50_000, 50_001, 50_002]) {
      using reservation = table.reserve(ipv4(0));
      assert.equal(reservation.local.port, port);
    }
  });

  it("does not pick a port that somebody named", () => {
    const table = new PortTable(NO_QUOTA, 50_000);
    table.reserve(ipv4(50_000));
    table.reserve(ipv4(50_001));
    assert.equal(table.reserve(ipv4(0)).local.port, 50_002);
  });

  it("hands out every ephemeral port of an address once, then says address-in-use", async () => {
    const table = new PortTable();
    const ports = new Set<number>();
    for (let count = 0; count < EPHEMERAL_COUNT; count += 1) {
      ports.add(table.reserve(ipv4(0)).local.port);
    }
    assert.equal(ports.size, EPHEMERAL_COUNT);
    assert.equal(await codeOf(() => table.reserve(ipv4(0))), "address-in-use");
    assert.equal(table.size, EPHEMERAL_COUNT);
    table.reserve(ipv4(80));
    table.reserve(ipv4(0, "127.0.0.2"));
    table.reserve(ipv6(0));
    assert.equal(table.size, EPHEMERAL_COUNT + 3);
  });

  it("finds the one ephemeral port that became free", () => {
    const table = new PortTable();
    const all = Array.from({ length: EPHEMERAL_COUNT }, () => table.reserve(ipv4(0)));
    const freed = all[12_345];
    assert.ok(freed);
    freed[Symbol.dispose]();
    assert.equal(table.reserve(ipv4(0)).local.port, freed.local.port);
  });

  for (const address of [
    ipv4(80, "0.0.0.0"),
    ipv4(80, "10.0.0.1"),
    ipv4(80, "128.0.0.1"),
    ipv4(80, "12.7.0.1"),
    ipv6(80, "::"),
    ipv6(80, "::2"),
    ipv6(80, "fe80::1"),
    ipv6(80, "::ffff:127.0.0.1"),
  ]) {
    it(`does not bind ${toText(address)}, which is not loopback`, async () => {
      const table = new PortTable();
      assert.equal(await codeOf(() => table.reserve(address)), "address-not-bindable");
      assert.equal(table.size, 0);
    });
  }

  it("binds one IPv6 address however it is written", async () => {
    const table = new PortTable();
    table.reserve(ipv6(80, "::1"));
    assert.equal(await codeOf(() => table.reserve(ipv6(80, "0:0:0:0:0:0:0:1"))), "address-in-use");
  });

  it("moves a port to a new owner, whom the old one cannot harm", async () => {
    const table = new PortTable();
    const old = table.reserve(ipv4(80));
    const moved = table.transfer(old);
    assert.equal(await codeOf(() => table.transfer(old)), "invalid-state");
    old[Symbol.dispose]();
    assert.equal(await codeOf(() => table.reserve(ipv4(80))), "address-in-use");
    moved[Symbol.dispose]();
    assert.equal(table.size, 0);
    assert.equal(await codeOf(() => table.transfer(moved)), "invalid-state");
  });

  it("frees everything when disposed, and later disposals change nothing", () => {
    const table = new PortTable();
    const old = table.reserve(ipv4(80));
    table[Symbol.dispose]();
    assert.equal(table.size, 0);
    table.reserve(ipv4(80));
    old[Symbol.dispose]();
    assert.equal(table.size, 1);
  });

  for (let seed = 1; seed <= 5; seed += 1) {
    it(`agrees with a plain list after many random acts, seed ${seed}`, async () => {
      const random = pseudoRandom(seed);
      const table = new PortTable(NO_QUOTA, EPHEMERAL_FIRST);
      const held = new Map<string, PortReservation>();
      const old: PortReservation[] = [];
      for (let count = 0; count < 3000; count += 1) {
        const port = [0, 80 + random(5), EPHEMERAL_FIRST + random(5)][random(3)];
        const local = random(2) === 0 ? ipv6(port ?? 0) : ipv4(port ?? 0, `127.0.0.${random(3)}`);
        const [reservation] = random(2) === 0 ? held.values().drop(random(held.size + 1)) : [];
        if (reservation !== undefined) {
          reservation[Symbol.dispose]();
          held.delete(toText(reservation.local));
          old.push(reservation);
        } else if (held.has(toText(local))) {
          assert.equal(await codeOf(() => table.reserve(local)), "address-in-use");
        } else {
          const fresh = table.reserve(local);
          assert.ok(!held.has(toText(fresh.local)));
          held.set(toText(fresh.local), fresh);
        }
        old[random(old.length)]?.[Symbol.dispose]();
        assert.equal(table.size, held.size);
      }
      for (const reservation of held.values()) reservation[Symbol.dispose]();
      assert.equal(table.size, 0);
    });
  }
});

function ipv4(port: number, address = "127.0.0.1"): SocketAddress {
  return new SocketAddress({ address, family: "ipv4", port });
}

function ipv6(port: number, address = "::1"): SocketAddress {
  return new SocketAddress({ address, family: "ipv6", port });
}
