import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { describe, it } from "mocha";
import { Secret } from "../../../../host/tunnel/secret.ts";
import { startScript } from "../client/scripted-server.ts";
import {
  connectTo,
  echo,
  eventually,
  FakeTunnelClock,
  GuestNetwork,
  read,
  readAll,
  startServer,
  startTunnel,
  visit,
} from "../support.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "fixture", "tunnel");
const certificate = readFileSync(join(folder, "certificate.pem"), "utf8");
const key = readFileSync(join(folder, "key.pem"), "utf8");
const tls = { certificate, key };

describe("TLS between two Islets", () => {
  for (const secret of [undefined, new Secret("s")]) {
    it(`carries control and data ${secret === undefined ? "without" : "with"} a secret`, async () => {
      using guest = new GuestNetwork();
      using _service = guest.serve(80, echo);
      const secrets = secret === undefined ? [] : [secret];
      using server = await startServer({ tls, secrets, scheme: "islets" });
      using it = startTunnel({
        server: server.address,
        wayIn: guest,
        secret,
        certificateAuthorities: certificate,
      });
      const { publicPort } = await it.until("connected");
      const texts = Array.from({ length: 20 }, (_, index) => `${index}-`.repeat(10_000));
      assert.deepEqual(await Promise.all(texts.map((text) => visit(publicPort, text))), texts);
    });
  }

  for (const secrets of [[], [new Secret("s")]]) {
    it(`does not wait for a handshake that never comes, with ${secrets.length} secrets`, async () => {
      const clock = new FakeTunnelClock();
      using server = await startServer({ tls, secrets, clock });
      const client = await connectTo(server.port);
      client.write('"Tls"\0');
      const agreed = '"Tls"\0';
      const challenge = secrets.length === 0 ? 0 : '{"Challenge":""}\0'.length + 36;
      const answer = await read(client, challenge + agreed.length);
      assert.ok(answer.toString().endsWith(agreed));
      const gone = once(client, "end");
      client.resume();
      clock.advance(3000);
      await eventually(() => server.reasons("refused").length > 0);
      // It is told why, behind a handshake that it does not begin.
      clock.advance(3000);
      await gone;
      client.destroy();
      await eventually(() => clock.timers === 0);
    });
  }

  it("passes a reset on", async () => {
    using guest = new GuestNetwork();
    using _service = guest.serve(80, (connection) => connection.reset());
    using server = await startServer({ tls, scheme: "islets" });
    using it = startTunnel({
      server: server.address,
      wayIn: guest,
      certificateAuthorities: certificate,
    });
    const visitor = await connectTo((await it.until("connected")).publicPort);
    const [error]: unknown[] = await once(visitor, "error");
    assert.match(String(error), /ECONNRESET/);
    await eventually(() => guest.network.connections === 0);
  });

  it("is one of several ways into the same server", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ tls });
    using it = startTunnel({ server: server.address, wayIn: guest });
    await it.until("connected");
  });

  it("does not trust a certificate that nobody vouches for", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ tls, scheme: "islets" });
    using it = startTunnel({ server: server.address, wayIn: guest });
    const { failure } = await it.until("failed");
    assert.equal(failure.code, "untrusted");
  });

  it("fails where the server has no TLS, and sends nothing in the clear", async () => {
    using guest = new GuestNetwork();
    using server = await startServer({ secrets: [new Secret("s")], scheme: "islets" });
    using it = startTunnel({ server: server.address, wayIn: guest, secret: new Secret("s") });
    assert.equal((await it.until("failed")).failure.code, "untrusted");
    let said = "";
    using script = await startScript((socket) => {
      socket.on("data", (chunk) => {
        said += chunk.toString();
        socket.end('{"Error":"what?"}\0');
      });
    });
    const address = { ...script.address, scheme: "islets" } as const;
    using other = startTunnel({ server: address, wayIn: guest, secret: new Secret("s") });
    await other.until("failed");
    assert.equal(said, '"Tls"\0');
  });

  it("survives a client that breaks the handshake", async () => {
    using server = await startServer({ tls });
    const socket = await connectTo(server.port);
    socket.write('"Tls"\0');
    await read(socket, 6);
    socket.write("this is no handshake at all");
    await readAll(socket).catch(() => undefined);
    await eventually(() => server.reasons("refused").length === 1);
  });
});
