import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import type {
  IpSocketAddress,
  Ipv6Address,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { fromSocketAddress, toSocketAddress } from "../../../../host/wasi/sockets/address.ts";
import { ipv4 } from "./support.ts";

const IPV6: readonly (readonly [string, Ipv6Address])[] = [
  ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
  ["2001:db8::", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]],
  ["fe80::1:0:0:1", [0xfe80, 0, 0, 0, 1, 0, 0, 1]],
  ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
  [
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    [0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff],
  ],
  ["::ffff:10.0.0.1", [0, 0, 0, 0, 0, 0xffff, 0x0a00, 1]],
  ["64:ff9b::c000:221", [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221]],
];

describe("address", () => {
  it("converts IPv4 addresses in both directions", () => {
    for (const address of [
      ipv4(0),
      ipv4(65_535),
      ipv4(80, [0, 0, 0, 0]),
      ipv4(1, [255, 254, 253, 252]),
    ]) {
      const host = toSocketAddress(address);
      assert.equal(host.family, "ipv4");
      assert.equal(host.address, Array.from(address.val.address).join("."));
      assert.deepEqual(fromSocketAddress(host), address);
    }
  });

  for (const [text, groups] of IPV6) {
    it(`converts ${text} in both directions`, () => {
      const guest: IpSocketAddress = {
        tag: "ipv6",
        val: { port: 443, flowInfo: 0, address: groups, scopeId: 0 },
      };
      const host = toSocketAddress(guest);
      assert.equal(host.address, text);
      assert.equal(host.port, 443);
      assert.deepEqual(fromSocketAddress(host), guest);
    });
  }

  it("drops flow-info and scope-id", () => {
    const host = toSocketAddress({
      tag: "ipv6",
      val: { port: 1, flowInfo: 0xffff_ffff, address: [0, 0, 0, 0, 0, 0, 0, 1], scopeId: 7 },
    });
    assert.deepEqual(
      fromSocketAddress(host),
      fromSocketAddress(new SocketAddress({ address: "::1", family: "ipv6", port: 1 })),
    );
  });
});
