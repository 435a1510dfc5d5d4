import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createUdpSocket, UdpSocket } from "../../../../host/wasi/sockets/udp.ts";
import { outcome } from "./support.ts";

describe("udp", () => {
  it("is not supported, and says so", () => {
    for (const family of ["ipv4", "ipv6"] as const) {
      assert.equal(
        outcome(() => createUdpSocket(family)),
        "not-supported",
      );
    }
  });

  it("has the methods that components import, which can only be called by mistake", () => {
    const startBind: unknown = Reflect.get(UdpSocket.prototype, "startBind");
    assert.ok(typeof startBind === "function");
    assert.throws(() => Reflect.apply(startBind, undefined, []), {
      message: "Cannot use udp-socket: no UDP socket can be created",
    });
    assert.throws(() => new UdpSocket(), TypeError);
  });
});
