import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { IpAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { fromIpText } from "../../../../host/wasi/sockets/address.ts";
import { resolveAddresses } from "../../../../host/wasi/sockets/ip-name-lookup.ts";
import { outcome, SocketGuest } from "./support.ts";

const LOOPBACK = [fromIpText("127.0.0.1", 4), fromIpText("::1", 6)];

describe("ip-name-lookup", () => {
  for (const name of [
    "localhost",
    "LocalHost.",
    "app.localhost",
    "service.wasmcloud.internal",
    "Service.WasmCloud.Internal.",
    "0.svc.wasmcloud.internal",
    "12.svc.wasmcloud.internal",
  ]) {
    it(`resolves ${name} to the workload's loopback`, () => check(name, LOOPBACK));
  }

  it("resolves host.wasmcloud.internal to the sentinel that stands for the machine", () => {
    check("host.wasmcloud.internal", [fromIpText("127.255.255.254", 4)]);
  });

  it("returns IP addresses as they are", () => {
    check("10.1.2.3", [fromIpText("10.1.2.3", 4)]);
    check("2001:db8::7", [fromIpText("2001:db8::7", 6)]);
    check("0:0:0:0:0:0:0:1", [fromIpText("::1", 6)]);
  });

  it("never returns an IPv4-mapped IPv6 address", () => {
    check("::ffff:10.0.0.1", [fromIpText("10.0.0.1", 4)]);
    check("::ffff:a00:1", [fromIpText("10.0.0.1", 4)]);
  });

  for (const name of [
    "wasmcloud.internal",
    "other.wasmcloud.internal",
    "a.b.svc.wasmcloud.internal",
  ]) {
    it(`knows that nobody is ${name}, without asking anybody else`, () => {
      using owner = new SocketGuest();
      const stream = resolveAddresses(owner.guest, name);
      assert.equal(stream.subscribe().ready(), true);
      for (let times = 0; times < 2; times += 1) {
        assert.equal(
          outcome(() => stream.resolveNextAddress()),
          "name-unresolvable",
        );
      }
    });
  }

  for (const name of [
    "example.com",
    "bücher.example",
    "notwasmcloud.internal",
    "localhost.example.com",
    "com",
  ]) {
    it(`refuses ${name}`, () => {
      using owner = new SocketGuest();
      assert.equal(
        outcome(() => resolveAddresses(owner.guest, name)),
        "permanent-resolver-failure",
      );
    });
  }

  for (const name of [
    "",
    ".",
    "a..b",
    " ",
    "a b.com",
    "a/b",
    "[::1]",
    "0x7f.1",
    "127.1",
    "fe80::1%eth0",
    "1.2.3.4:80",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(127)}com`,
    "x\0y",
  ]) {
    it(`calls ${JSON.stringify(name).slice(0, 20)} no name`, () => {
      using owner = new SocketGuest();
      assert.equal(
        outcome(() => resolveAddresses(owner.guest, name)),
        "invalid-argument",
      );
    });
  }
});

function check(name: string, expected: readonly IpAddress[]): void {
  using owner = new SocketGuest();
  const stream = resolveAddresses(owner.guest, name);
  assert.equal(stream.subscribe().ready(), true);
  const addresses: IpAddress[] = [];
  for (;;) {
    const address = stream.resolveNextAddress();
    if (address === undefined) break;
    addresses.push(address);
  }
  assert.deepEqual(addresses, expected);
  assert.equal(stream.resolveNextAddress(), undefined);
}
