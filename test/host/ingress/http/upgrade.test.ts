import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "mocha";
import { WebSocket, WebSocketServer } from "ws";
import type { AccessRecord } from "../../../../host/ingress/http/access-log.ts";
import type { HttpIngress, HttpIngressOptions } from "../../../../host/ingress/http/ingress.ts";
import { createServiceTarget } from "../../../../host/ingress/http/service-target.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { answerWith, dial, exchange, ingressTo, restOf, until } from "../../../support/ingress.ts";
import { serveVirtual, serveVirtualHttp } from "../../../support/virtual-server.ts";
import { VirtualWayIn } from "../../../support/virtual-way-in.ts";

const UPGRADE =
  "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: test\r\nx-one: 1\r\n\r\n";

describe("Upgrades through the ingress", () => {
  it("let a WebSocket through, in both directions and until either side closes", async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await using lab = await startOn((network) => serveVirtualHttp(network, 80, server));
    const client = new WebSocket(`ws://127.0.0.1:${lab.ingress.address.port}/chat`);
    await once(client, "open");
    for (const text of ["hello", "x".repeat(300_000)]) {
      client.send(text);
      const [data] = await once(client, "message");
      assert.equal(String(data), text);
    }
    client.close(4000, "done");
    const [code] = await once(client, "close");
    assert.equal(code, 4000);
    await until(() => lab.records.length === 1);
    assert.deepEqual([lab.records[0]?.status, lab.records[0]?.workload], [101, "default/a"]);
    assert.ok((lab.records[0]?.bytes ?? 0) > 300_000);
  });

  it("pass any protocol on byte for byte, what came with the request included", async () => {
    let head = "";
    await using lab = await startRaw((request, socket) => {
      head = request;
      socket.write("HTTP/1.1 101 Sure\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n\0first");
      socket.on("data", (chunk: Buffer) => {
        socket.write(chunk.toReversed());
      });
      socket.on("end", () => socket.end("bye"));
    });
    const client = await dial(lab.ingress);
    client.write(`${UPGRADE}\x01\x02\x03`, "latin1");
    client.end();
    const answer = await restOf(client);
    assert.match(answer, /^HTTP\/1.1 101 Sure\r\n/);
    // oxlint-disable-next-line no-control-regex -- Bytes that are no text are what this is about.
    assert.match(answer, /\r\n\r\n\0first\x03\x02\x01bye$/);
    assert.match(head, /^GET \/chat HTTP\/1.1\r\n/);
    assert.match(head, /connection: upgrade\r\nupgrade: test\r\n/i);
    assert.match(head, /x-one: 1\r\n.*x-forwarded-for: 127.0.0.1\r\n/is);
  });

  it("pass a refusal on and let nothing of the client through behind it", async () => {
    let received = "";
    await using lab = await startRaw((request, socket) => {
      received += request;
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.write("HTTP/1.1 403 No\r\ncontent-length: 4\r\nx-a: b\r\n\r\nnope");
    });
    const answer = await exchange(lab.ingress, UPGRADE, "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n");
    assert.match(answer, /^HTTP\/1.1 403 No\r\n.*x-a: b\r\nconnection: close\r\n\r\nnope$/s);
    assert.doesNotMatch(received, /hidden/);
  });

  it("are ignored for a workload that is a component, for h2c, with a body and in HTTP/1.0", async () => {
    await using component = await ingressTo(async () => answerWith(200, "plain"));
    const closing = UPGRADE.replace("Upgrade\r", "Upgrade, close\r");
    assert.match(await exchange(component, closing), /^HTTP\/1.1 200/);
    await using lab = await startOn((network) =>
      serveVirtualHttp(
        network,
        80,
        createServer((_request, response) => void response.end("plain")),
      ),
    );
    for (const text of [
      closing.replace("test", "h2c"),
      closing.replace("test", "websocket, H2C"),
      closing.replace("x-one: 1", "content-length: 1").concat("x"),
      closing.replace("HTTP/1.1", "HTTP/1.0"),
    ]) {
      assert.match(await exchange(lab.ingress, text), /^HTTP\/1.1 200/, text);
    }
  });

  it("have no more header fields than any other request", async () => {
    let asked = 0;
    await using lab = await startRaw(
      (_request, socket) => {
        asked += 1;
        socket.end("HTTP/1.1 101 Sure\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n");
      },
      { headerCount: 10 },
    );
    const many = UPGRADE.replace("x-one: 1\r\n", "x-two: 2\r\n".repeat(8));
    assert.match(await exchange(lab.ingress, many), /^HTTP\/1.1 431 /);
    assert.equal(asked, 0);
    const few = UPGRADE.replace("x-one: 1\r\n", "x-two: 2\r\n".repeat(7));
    assert.match(await exchange(lab.ingress, few), /^HTTP\/1.1 101 /);
  });

  it("are answered with 503 while the service does not listen, and 502 where it says nothing", async () => {
    await using lab = await startRaw((_request, socket) => socket.destroy());
    assert.match(await exchange(lab.ingress, UPGRADE), /^HTTP\/1.1 502 /);
    lab.wayIn.setListening(80, false);
    assert.match(await exchange(lab.ingress, UPGRADE), /^HTTP\/1.1 503 .*retry-after: 1/s);
  });

  it("end with the client, with the service and with the ingress", async () => {
    const open = new Set<unknown>();
    await using lab = await startRaw((_request, socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      // The client may leave with the end of its direction only.
      socket.on("end", () => socket.end());
      socket.write("HTTP/1.1 101 OK\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n");
      socket.on("data", () => socket.destroy(new Error("The service breaks")));
    });
    const left = await dial(lab.ingress);
    left.write(UPGRADE);
    await until(() => open.size === 1);
    left.destroy();
    await until(() => open.size === 0);
    const broken = await dial(lab.ingress);
    broken.write(UPGRADE);
    await until(() => broken.bytesRead > 0 || broken.readableLength > 0);
    broken.write("break");
    await restOf(broken);
    const cut = await dial(lab.ingress);
    cut.write(UPGRADE);
    await until(() => open.size === 1);
    const closed = restOf(cut);
    await lab.ingress[Symbol.asyncDispose]();
    await closed;
    await until(() => open.size === 0);
  });
});

interface Lab extends AsyncDisposable {
  readonly ingress: HttpIngress;
  readonly wayIn: VirtualWayIn;
  readonly records: readonly AccessRecord[];
}

type RawSocket = Parameters<Parameters<typeof serveVirtual>[2]>[0];

/** A service that is called with the first bytes of each connection. */
function startRaw(
  onRequest: (request: string, socket: RawSocket) => void,
  limits?: HttpIngressOptions["limits"],
): Promise<Lab> {
  return startOn(
    (network) =>
      serveVirtual(network, 80, (socket) => {
        socket.on("error", () => undefined);
        socket.once("data", (chunk: Buffer) => onRequest(chunk.toString("latin1"), socket));
      }),
    limits,
  );
}

async function startOn(
  serve: (network: VirtualNetwork) => Disposable,
  limits?: HttpIngressOptions["limits"],
): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const records: AccessRecord[] = [];
  const network = stack.use(new VirtualNetwork());
  stack.use(serve(network));
  const wayIn = new VirtualWayIn(network, [80]);
  const target = stack.use(
    createServiceTarget({ workload: "default/a", wayIn, port: 80, patience: 10 }),
  );
  const onAccess = (record: AccessRecord): void => void records.push(record);
  const ingress = stack.use(await ingressTo(target, { onAccess, limits }));
  const owned = stack.move();
  return { ingress, wayIn, records, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
