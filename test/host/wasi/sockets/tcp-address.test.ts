import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { SocketErrorCode } from "../../../../host/network/error.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { defaultPolicy } from "../../../../policy/policy.ts";
import {
  countsOf,
  ipv4,
  ipv6,
  NOTHING_OPEN,
  outcome,
  PendingNetwork,
  SocketGuest,
} from "./support.ts";

describe("TcpSocket addresses and policy", () => {
  describe("addresses", () => {
    const mapped = ipv6(80, 0xffff, 0x7f00, 1);
    const cases: readonly [
      string,
      IpSocketAddress,
      "ipv4" | "ipv6",
      SocketErrorCode,
      SocketErrorCode | "ok",
    ][] = [
      // name, address, family of the socket, what connect answers, what bind answers
      ["IPv6 on an IPv4 socket", ipv6(80, 1), "ipv4", "invalid-argument", "invalid-argument"],
      ["IPv4 on an IPv6 socket", ipv4(80), "ipv6", "invalid-argument", "invalid-argument"],
      ["IPv4-mapped IPv6", mapped, "ipv6", "invalid-argument", "invalid-argument"],
      ["broadcast", ipv4(80, [255, 255, 255, 255]), "ipv4", "invalid-argument", "invalid-argument"],
      [
        "IPv4 multicast",
        ipv4(80, [224, 254, 0, 0]),
        "ipv4",
        "invalid-argument",
        "invalid-argument",
      ],
      [
        "the last IPv4 multicast",
        ipv4(80, [239, 255, 255, 255]),
        "ipv4",
        "invalid-argument",
        "invalid-argument",
      ],
      [
        "IPv6 multicast",
        {
          tag: "ipv6",
          val: { port: 80, flowInfo: 0, scopeId: 0, address: [0xff00, 0, 0, 0, 0, 0, 0, 0] },
        },
        "ipv6",
        "invalid-argument",
        "invalid-argument",
      ],
      ["the unspecified IPv4 address", ipv4(80, [0, 0, 0, 0]), "ipv4", "invalid-argument", "ok"],
      ["the unspecified IPv6 address", ipv6(80), "ipv6", "invalid-argument", "ok"],
      ["port 0", ipv4(0), "ipv4", "invalid-argument", "ok"],
      ["a private address", ipv4(80, [10, 0, 0, 1]), "ipv4", "access-denied", "access-denied"],
      ["a public address", ipv4(80, [1, 1, 1, 1]), "ipv4", "access-denied", "access-denied"],
      [
        "the metadata address",
        ipv4(80, [169, 254, 169, 254]),
        "ipv4",
        "access-denied",
        "access-denied",
      ],
      ["loopback without a listener", ipv4(80, [127, 0, 0, 9]), "ipv4", "connection-refused", "ok"],
      ["IPv6 loopback without a listener", ipv6(80, 1), "ipv6", "connection-refused", "ok"],
    ];
    for (const [name, address, family, connect, bind] of cases) {
      it(`answers a connect to ${name} with ${connect}`, async () => {
        using owner = new SocketGuest();
        const socket = owner.socket(family);
        const started = outcome(() => socket.startConnect(owner.network, address));
        if (started === "ok") await socket.subscribe().block();
        const result = started === "ok" ? outcome(() => socket.finishConnect()) : started;
        assert.equal(result, connect);
      });

      it(`answers a bind to ${name} with ${bind}`, () => {
        using owner = new SocketGuest();
        const socket = owner.socket(family);
        const started = outcome(() => socket.startBind(owner.network, address));
        assert.equal(started === "ok" ? outcome(() => socket.finishBind()) : started, bind);
      });
    }

    it("takes a bind of the unspecified address for loopback", () => {
      using owner = new SocketGuest();
      assert.deepEqual(owner.bind(ipv4(7777, [0, 0, 0, 0])).localAddress(), ipv4(7777));
      assert.deepEqual(owner.bind(ipv6(7777)).localAddress(), ipv6(7777, 1));
    });

    it("tells both ends the same addresses, crossed", async () => {
      for (const address of [ipv4(0), ipv6(0, 1)]) {
        using owner = new SocketGuest();
        const listener = owner.listen(address);
        const [client] = await owner.connect(listener.localAddress());
        const [server] = listener.accept();
        assert.deepEqual(client.remoteAddress(), listener.localAddress());
        assert.deepEqual(server.localAddress(), listener.localAddress());
        assert.deepEqual(server.remoteAddress(), client.localAddress());
      }
    });

    it("connects from the address that the guest bound", async () => {
      const network = new VirtualNetwork();
      {
        using owner = new SocketGuest({ network });
        const listener = owner.listen();
        const socket = owner.bind(ipv4(4711));
        socket.startConnect(owner.network, listener.localAddress());
        assert.deepEqual(socket.localAddress(), ipv4(4711));
        await socket.subscribe().block();
        socket.finishConnect();
        assert.deepEqual(socket.localAddress(), ipv4(4711));
        assert.deepEqual(listener.accept()[0].remoteAddress(), ipv4(4711));
      }
      assert.deepEqual(countsOf(network), NOTHING_OPEN);
    });
  });

  describe("policy", () => {
    it("lets a component connect to loopback but bind nothing", async () => {
      const network = new VirtualNetwork();
      using service = new SocketGuest({ network });
      using component = new SocketGuest({ network, kind: "component" });
      const [client] = await component.connect(service.listen().localAddress());
      assert.equal(client.endpoint.state.tag, "connected");
      for (const address of [ipv4(0), ipv4(0, [0, 0, 0, 0]), ipv6(0, 1), ipv4(80, [10, 0, 0, 1])]) {
        const socket = component.socket(address.tag);
        assert.equal(
          outcome(() => socket.startBind(component.network, address)),
          "access-denied",
        );
        assert.equal(socket.endpoint.state.tag, "unbound");
      }
    });

    it("reports what is denied, with the address that was asked about, and not what stays inside", () => {
      const seen: string[] = [];
      using owner = new SocketGuest({
        policy: { ...defaultPolicy("service"), allowedHosts: [] },
        onDecision: ({ use, address, outcome: how, rule }) =>
          seen.push(`${use} ${address} ${how} ${rule}`),
      });
      owner.bind(ipv4(7777, [0, 0, 0, 0]));
      outcome(() => owner.socket().startConnect(owner.network, ipv4(80, [8, 8, 8, 8])));
      assert.deepEqual(seen, ["tcp-connect 8.8.8.8:80 deny not-allowed"]);
    });

    it("never lets a denied address reach the network", () => {
      const network = new PendingNetwork();
      using owner = new SocketGuest({ network, kind: "component" });
      outcome(() => owner.socket().startConnect(owner.network, ipv4(80, [8, 8, 8, 8])));
      outcome(() => owner.socket().startBind(owner.network, ipv4(80)));
      assert.deepEqual(network.addresses, []);
    });
  });
});
