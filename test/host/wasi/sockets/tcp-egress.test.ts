import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { describe, it } from "mocha";
import { parseLoopbackGrant } from "../../../../policy/loopback-grant.ts";
import type { Policy } from "../../../../policy/policy.ts";
import type { InputStream } from "../../../../host/wasi/io/input-stream.ts";
import { TestEgress } from "../egress/support.ts";
import { createGuest } from "../support.ts";
import { ipv4, outcome, SocketGuest } from "./support.ts";

const SENTINEL = [127, 255, 255, 254] as [number, number, number, number];

describe("TcpSocket egress", () => {
  it("reaches a granted port of the machine's loopback through the sentinel", async () => {
    await using server = await serve((socket) => socket.pipe(socket));
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const [socket, input, output] = await owner.connect(ipv4(server.port, SENTINEL));
    output.checkWrite();
    output.write(Buffer.from("there and back"));
    socket.shutdown("send");
    assert.equal(await readAll(input), "there and back");
    // The address that the guest knows: 127.0.0.1 would be its own workload.
    assert.deepEqual(socket.remoteAddress(), ipv4(server.port, SENTINEL));
    assert.deepEqual(
      egress.decisions.map(({ rule, outcome: how }) => `${rule} ${how}`),
      ["host-loopback allow"],
    );
  });

  it("leaves nothing open when its guest is gone, and the server sees a reset", async () => {
    const failures: unknown[] = [];
    await using server = await serve((socket) => {
      socket.on("error", (error) => failures.push(error));
      socket.write("hello");
    });
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    await owner.connect(ipv4(server.port, SENTINEL));
    assert.equal(egress.network.connections, 1);
    const closed = server.nextClose();
    owner[Symbol.dispose]();
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(egress.network.connections, 0);
    assert.equal(failures.length, 1);
  });

  it("gives a guest nothing of the virtual network in its place", async () => {
    await using server = await serve(() => {});
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options({ ...grant(server.port), hostLoopback: false }));
    const socket = owner.socket();
    assert.equal(
      outcome(() => socket.startConnect(owner.network, ipv4(server.port, SENTINEL))),
      "access-denied",
    );
    assert.equal(egress.decisions[0]?.rule, "host-loopback-disabled");
  });

  const refusals: readonly (readonly [string, Partial<Policy>])[] = [
    ["without the grant", { hostLoopback: true }],
    ["with a grant of another port", grant(1)],
    ["of UDP", { hostLoopback: true, loopbackGrants: [grantOf("53/udp")] }],
  ];
  for (const [title, policy] of refusals) {
    it(`is refused ${title}`, () => {
      using egress = new TestEgress();
      using owner = new SocketGuest(egress.options(policy));
      assert.equal(
        outcome(() => owner.socket().startConnect(owner.network, ipv4(53, SENTINEL))),
        "access-denied",
      );
    });
  }

  it("never reaches a port that the host itself listens on", async () => {
    await using server = await serve(() => {});
    using egress = new TestEgress();
    egress.machine.setOwnPorts({ tcp: [server.port], udp: [] });
    using owner = new SocketGuest(egress.options(grant(server.port)));
    assert.equal(
      outcome(() => owner.socket().startConnect(owner.network, ipv4(server.port, SENTINEL))),
      "access-denied",
    );
    assert.equal(egress.decisions[0]?.rule, "host-owned-port");
    egress.machine.setOwnPorts({ tcp: [], udp: [] });
    await owner.connect(ipv4(server.port, SENTINEL));
  });

  it("tells a guest what the operating system says of a connect", async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const socket = owner.socket();
    socket.startConnect(owner.network, ipv4(server.port, SENTINEL));
    assert.equal(
      outcome(() => socket.finishConnect()),
      "would-block",
    );
    await socket.subscribe().block();
    assert.equal(
      outcome(() => socket.finishConnect()),
      "connection-refused",
    );
  });

  it("gives up a connect whose socket is dropped", async () => {
    await using server = await serve(() => {});
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const socket = owner.socket();
    socket.startConnect(owner.network, ipv4(server.port, SENTINEL));
    socket[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(egress.network.connections, 0);
  });

  it("keeps a port of the virtual network that the socket was bound to until it is dropped", async () => {
    await using server = await serve(() => {});
    using egress = new TestEgress();
    using owner = new SocketGuest(egress.options(grant(server.port)));
    const socket = owner.bind(ipv4(0));
    const { port } = socket.localAddress().val;
    socket.startConnect(owner.network, ipv4(server.port, SENTINEL));
    await socket.subscribe().block();
    const streams = socket.finishConnect();
    assert.equal(
      outcome(() => owner.bind(ipv4(port))),
      "address-in-use",
    );
    for (const held of [...streams, socket]) held[Symbol.dispose]();
    owner.bind(ipv4(port));
  });

  it("is denied to a guest without a way out, whatever policy grants", () => {
    const { policy, facts } = new TestEgress().options(grant(80));
    using guest = createGuest({ ...(policy && { policy }), ...(facts && { facts }) });
    using owner = new SocketGuest({ ...guest.options });
    assert.equal(
      outcome(() => owner.socket().startConnect(owner.network, ipv4(80, SENTINEL))),
      "access-denied",
    );
  });
});

function grant(port: number): Partial<Policy> {
  return { hostLoopback: true, loopbackGrants: [grantOf(`${port}/tcp`)] };
}

function grantOf(text: string): Policy["loopbackGrants"][number] {
  const parsed = parseLoopbackGrant(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

async function readAll(input: InputStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for (;;) chunks.push(await input.blockingRead(1024n));
  } catch {
    return Buffer.concat(chunks).toString();
  }
}

class TestServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #closed = Promise.withResolvers<void>();

  constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => socket.on("close", () => this.#closed.resolve()));
  }

  nextClose(): Promise<void> {
    return this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function serve(onConnection: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new TestServer(server, sockets);
}
