import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createPlain, type Server as PlainServer } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { createServer } from "node:https";
import { describe, it } from "mocha";
import { createGuest } from "../support.ts";
import { TestEgress } from "../egress/support.ts";
import { failure, fetchText } from "./client-support.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../../fixture/tls/${name}`, import.meta.url), "utf8");
const CA = read("ca.pem");
const SERVER = { cert: read("certificate.pem"), key: read("key.pem") };

describe("HTTPS", () => {
  it("is spoken to a server with a certificate of a known authority", async () => {
    using egress = egressWith(CA);
    using guest = createGuest(egress.options({}));
    await using server = await listen(
      createServer(SERVER, (request, response) => {
        response.end(`${request.httpVersion} ${request.headers.host}`);
      }),
    );
    const { body } = await fetchText(guest, `https://shop.example:${server.port}/`);
    assert.equal(body, `1.1 shop.example:${server.port}`);
  });

  it("uses HTTP/2 where the server offers it, with one connection for many requests", async () => {
    using egress = egressWith(CA);
    using guest = createGuest(egress.options({}));
    let sessions = 0;
    const http2 = createSecureServer(SERVER, (request, response) => {
      request.resume();
      request.on("end", () => {
        response.writeHead(200, { "x-version": request.httpVersion });
        response.end(`${request.authority}${request.url}`);
      });
    });
    http2.on("session", () => (sessions += 1));
    await using server = await listen(http2);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        fetchText(guest, `https://shop.example:${server.port}/${index}`, { body: `${index}` }),
      ),
    );
    for (const [index, { headers, body }] of answers.entries()) {
      assert.equal(headers["x-version"], "2.0");
      assert.equal(body, `shop.example:${server.port}/${index}`);
    }
    assert.equal(sessions, 1);
  });

  it("fails with TLS-certificate-error for an unknown authority and for another name", async () => {
    await using server = await listen(createServer(SERVER, (_request, response) => response.end()));
    using stranger = egressWith(undefined);
    using guest = createGuest(stranger.options({}));
    assert.equal(
      await failure(guest, `https://shop.example:${server.port}/`),
      "TLS-certificate-error",
    );
    using egress = egressWith(CA);
    egress.names.set("other.example", ["93.184.216.34"]);
    using other = createGuest(egress.options({}));
    assert.equal(
      await failure(other, `https://other.example:${server.port}/`),
      "TLS-certificate-error",
    );
    assert.equal(egress.http.connections, 0);
  });

  it("fails with TLS-protocol-error where the server does not speak it", async () => {
    using egress = egressWith(CA);
    using guest = createGuest(egress.options({}));
    await using server = await listen(createPlain((_request, response) => response.end()));
    assert.equal(
      await failure(guest, `https://shop.example:${server.port}/`),
      "TLS-protocol-error",
    );
  });
});

function egressWith(ca: string | undefined): TestEgress {
  const egress = new TestEgress(undefined, ca === undefined ? {} : { ca: [ca] });
  egress.names.set("shop.example", ["93.184.216.34"]);
  return egress;
}

type AnyServer = ReturnType<typeof createServer> | Http2SecureServer;

async function listen(
  server: AnyServer | PlainServer,
): Promise<{ readonly port: number } & AsyncDisposable> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket: { destroy(): void }) => sockets.add(socket));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
