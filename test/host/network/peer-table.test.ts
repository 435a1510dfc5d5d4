import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { PeerTable } from "../../../host/network/peer-table.ts";

describe("PeerTable", () => {
  it("finds who was added, by address and port together", () => {
    const table = new PeerTable();
    const peer = address("192.0.2.1", 53);
    table.add(peer);
    assert.equal(table.find("192.0.2.1", 53), peer);
    assert.equal(table.find("192.0.2.1", 54), undefined);
    assert.equal(table.find("192.0.2.15", 3), undefined);
    assert.equal(table.find("192.0.2.2", 53), undefined);
  });

  it("forgets a peer some time after it was added last", () => {
    let now = 0;
    const table = new PeerTable({ lifetime: 100, now: () => now });
    table.add(address("192.0.2.1", 53));
    now = 60;
    table.add(address("192.0.2.1", 53));
    now = 159;
    assert.ok(table.find("192.0.2.1", 53));
    now = 160;
    assert.equal(table.find("192.0.2.1", 53), undefined);
    assert.equal(table.size, 0);
  });

  it("remembers so many, and forgets the one that was used the longest time ago", () => {
    const table = new PeerTable({ max: 3 });
    for (const port of [1, 2, 3]) table.add(address("192.0.2.1", port));
    table.add(address("192.0.2.1", 2));
    assert.equal(table.size, 3);
    table.add(address("192.0.2.1", 1));
    table.add(address("192.0.2.1", 4));
    assert.deepEqual(
      [1, 2, 3, 4].filter((port) => table.find("192.0.2.1", port) !== undefined),
      [1, 2, 4],
    );
    for (let port = 10; port < 5000; port += 1) table.add(address("192.0.2.1", port));
    assert.equal(table.size, 3);
  });
});

function address(text: string, port: number): SocketAddress {
  return new SocketAddress({ address: text, port });
}
