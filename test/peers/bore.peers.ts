import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { pipeline } from "node:stream/promises";
import { before, describe, it } from "mocha";
import { Secret } from "../../host/tunnel/secret.ts";
import { toAddress } from "../host/tunnel/client/scripted-server.ts";
import {
  connectTo,
  echo,
  eventually,
  GuestNetwork,
  readAll,
  startServer,
  startTunnel,
  visit,
} from "../host/tunnel/support.ts";
import { bore, NO_BORE, startBore } from "../support/bore.ts";

/** bore's control port cannot be chosen, but the loopback address can. */
const PORT = 7835;
const BORE = "127.0.0.77";
const OURS = "127.0.0.78";
const GIB = 2 ** 30;

describe("bore", function () {
  this.timeout(120_000);
  before(function () {
    if (bore !== undefined) return;
    console.log(`    ${NO_BORE}`);
    this.skip();
  });

  for (const secret of [undefined, "a secret"]) {
    const how = secret === undefined ? "without a secret" : "with a secret";

    it(`serves our client ${how}: 100 at once, 1 GiB and half-close`, async () => {
      await using server = startBore(serverArgs(secret));
      await server.until("listening");
      using guest = new GuestNetwork();
      using _service = guest.serve(80, echo);
      using it = startTunnel({
        server: { scheme: "bore", host: BORE, port: PORT },
        wayIn: guest,
        secret: secret === undefined ? undefined : new Secret(secret),
      });
      const { publicPort } = await it.until("connected");
      await exercise(publicPort, BORE);
      assert.equal(it.tunnel.statistics.failed, 0);
      it.tunnel[Symbol.dispose]();
      await eventually(() => guest.network.connections === 0);
    });

    it(`is served by our server ${how}: 100 at once, 1 GiB and half-close`, async () => {
      const secrets = secret === undefined ? [] : [new Secret(secret)];
      using server = await startServer({ bind: OURS, port: PORT, secrets });
      using local = await startEcho();
      const args = ["local", String(local.port), "-l", "127.0.0.1", "--to", OURS];
      await using client = startBore(secret === undefined ? args : [...args, "--secret", secret]);
      const line = await client.until("listening at");
      const port = Number(/:(\d+)\s*$/.exec(line)?.[1]);
      await exercise(port, OURS);
      client.process.kill("SIGKILL");
      await eventually(() => server.server.tunnels === 0);
      assert.deepEqual(server.reasons("lost"), []);
    });
  }

  it("refuses our client with another secret, and without one", async () => {
    await using server = startBore(serverArgs("right"));
    await server.until("listening");
    using guest = new GuestNetwork();
    const address = { scheme: "bore", host: BORE, port: PORT } as const;
    for (const secret of [new Secret("wrong"), undefined]) {
      using it = startTunnel({ server: address, wayIn: guest, secret });
      assert.equal((await it.until("failed")).failure.code, "unauthorized");
    }
  });

  it("lets our client find out that it asks for no secret", async () => {
    await using server = startBore(serverArgs(undefined));
    await server.until("listening");
    using guest = new GuestNetwork();
    const address = { scheme: "bore", host: BORE, port: PORT } as const;
    using it = startTunnel({ server: address, wayIn: guest, secret: new Secret("s") });
    assert.match((await it.until("failed")).failure.reason, /does not ask for the secret/);
  });

  it("refuses Islet's extension cleanly", async () => {
    await using server = startBore(serverArgs(undefined));
    await server.until("listening");
    using guest = new GuestNetwork();
    for (const [scheme, state] of [
      ["islet", "reconnecting"],
      ["islets", "failed"],
    ] as const) {
      using it = startTunnel({ server: { scheme, host: BORE, port: PORT }, wayIn: guest });
      await it.until(state);
    }
    using it = startTunnel({ server: { scheme: "bore", host: BORE, port: PORT }, wayIn: guest });
    await it.until("connected");
  });

  it("says our server's refusals", async () => {
    using _server = await startServer({ bind: OURS, port: PORT, secrets: [new Secret("right")] });
    for (const [args, text] of [
      [["--secret", "wrong"], "server error: invalid secret"],
      [[], "server requires authentication, but no client secret was provided"],
      [["--secret", "right", "--port", "80"], "client port number not in allowed range"],
    ] as const) {
      await using client = startBore(["local", "1", "--to", OURS, ...args]);
      assert.equal(await client.exited, 1);
      assert.ok(client.lines.join("\n").includes(text), client.lines.join("\n"));
    }
  });

  it("comes back, and our client takes the same port again", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, echo);
    let server = startBore(serverArgs(undefined));
    await server.until("listening");
    using it = startTunnel({ server: { scheme: "bore", host: BORE, port: PORT }, wayIn: guest });
    const { publicPort } = await it.until("connected");
    for (let round = 0; round < 5; round++) {
      await server[Symbol.asyncDispose]();
      await it.until("reconnecting");
      server = startBore(serverArgs(undefined));
      assert.equal((await it.until("connected")).publicPort, publicPort);
      assert.equal(await visit(publicPort, String(round), BORE), String(round));
    }
    await server[Symbol.asyncDispose]();
  });
});

function serverArgs(secret: string | undefined): string[] {
  const args = ["server", "--bind-addr", BORE, "--min-port", "21000", "--max-port", "21999"];
  return secret === undefined ? args : [...args, "--secret", secret];
}

/** A hundred visitors at once, then one with a gibibyte; each ends its direction before it reads to the end. */
async function exercise(port: number, host: string): Promise<void> {
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const sent = randomBytes(20_000);
      const socket = await connectTo(port, host);
      socket.end(sent);
      assert.ok((await readAll(socket)).equals(sent));
    }),
  );
  const socket = await connectTo(port, host);
  const hash = createHash("sha256");
  let received = 0;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.length;
    hash.update(chunk);
  });
  const ended = once(socket, "end");
  const expected = createHash("sha256");
  await pipeline(chunks(expected), socket, { end: true });
  await ended;
  assert.equal(received, GIB);
  assert.equal(hash.digest("hex"), expected.digest("hex"));
}

function* chunks(hash: ReturnType<typeof createHash>): Generator<Buffer> {
  const chunk = randomBytes(1 << 20);
  for (let count = 0; count < GIB / chunk.length; count++) {
    chunk.writeUInt32LE(count);
    const copy = Buffer.from(chunk);
    hash.update(copy);
    yield copy;
  }
}

async function startEcho(): Promise<{ readonly port: number } & Disposable> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = toAddress(server.address());
  return { port, [Symbol.dispose]: () => void server.close() };
}
