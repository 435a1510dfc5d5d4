import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { at, codeOf, type CreateNetwork, IPV4, IPV6, listenOn, type Loopback } from "./support.ts";

export function describeBind(createNetwork: CreateNetwork, loopback: Loopback): void {
  describe("bind", () => {
    it("picks a port where none was named, a different one each time", async () => {
      using network = createNetwork();
      const first = await network.bind(at(loopback, 0));
      const second = await network.bind(at(loopback, 0));
      assert.equal(first.local.address, loopback.address);
      assert.equal(first.local.family, loopback.family);
      assert.ok(first.local.port >= 1024);
      assert.notEqual(first.local.port, second.local.port);
    });

    it("holds the port that was named", async () => {
      using network = createNetwork();
      const port = await freePort(network, loopback);
      const reservation = await network.bind(at(loopback, port));
      assert.equal(reservation.local.port, port);
    });

    it("refuses a port that is reserved", async () => {
      using network = createNetwork();
      const { local } = await network.bind(at(loopback, 0));
      assert.equal(await codeOf(() => network.bind(local)), "address-in-use");
      assert.equal(network.reservations, 1);
    });

    it("refuses a port on which somebody listens", async () => {
      using network = createNetwork();
      const { local } = await listenOn(network, loopback);
      assert.equal(await codeOf(() => network.bind(local)), "address-in-use");
    });

    it("refuses an address that is not there", async () => {
      using network = createNetwork();
      const foreign =
        loopback.family === "ipv4"
          ? { ...IPV4, address: "192.0.2.1" }
          : { ...IPV6, address: "2001:db8::1" };
      assert.equal(await codeOf(() => network.bind(at(foreign, 0))), "address-not-bindable");
      assert.equal(network.reservations, 0);
    });

    it("gives the port to the next once the reservation is disposed", async () => {
      using network = createNetwork();
      const first = await network.bind(at(loopback, 0));
      first[Symbol.dispose]();
      assert.equal(network.reservations, 0);
      const second = await network.bind(first.local);
      assert.equal(second.local.port, first.local.port);
    });

    it("never frees the next owner's port when a reservation is disposed twice", async () => {
      using network = createNetwork();
      const first = await network.bind(at(loopback, 0));
      first[Symbol.dispose]();
      await network.bind(first.local);
      first[Symbol.dispose]();
      assert.equal(await codeOf(() => network.bind(first.local)), "address-in-use");
      assert.equal(network.reservations, 1);
    });
  });
}

/** What needs more than one address. */
export function describeBindAcross(createNetwork: CreateNetwork): void {
  it("keeps the ports of IPv4 and IPv6 apart", async () => {
    using network = createNetwork();
    const ipv4 = await network.bind(at(IPV4, 0));
    const ipv6 = await network.bind(at(IPV6, ipv4.local.port));
    assert.equal(ipv6.local.port, ipv4.local.port);
  });

  it("keeps the ports of 127.0.0.1 and 127.0.0.2 apart", async () => {
    using network = createNetwork();
    const second: Loopback = { ...IPV4, address: "127.0.0.2" };
    using listener = await listenOn(network, IPV4);
    using other = await listenOn(network, second, { port: listener.local.port });
    assert.equal(other.local.port, listener.local.port);
    assert.equal(other.local.address, "127.0.0.2");
  });
}

async function freePort(network: ReturnType<CreateNetwork>, loopback: Loopback): Promise<number> {
  using reservation = await network.bind(at(loopback, 0));
  return reservation.local.port;
}
