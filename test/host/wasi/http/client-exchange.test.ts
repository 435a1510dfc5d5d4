import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type Socket } from "node:net";
import { describe, it } from "mocha";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { createOutgoingHandler } from "../../../../host/wasi/http/outgoing-handler.ts";
import { createGuest } from "../support.ts";
import { TestEgress } from "../egress/support.ts";
import {
  createRequest,
  failure,
  fetchText,
  HttpTestServer,
  readResponse,
  responseOf,
  send,
  start,
} from "./client-support.ts";

describe("an outgoing request", () => {
  it("fails with connection-read-timeout where no response comes in time", async () => {
    await withServer(
      () => {},
      async (guest, url) => {
        assert.equal(
          await failure(guest, url, { firstByteTimeout: 20 }),
          "connection-read-timeout",
        );
      },
    );
  });

  it("fails with connection-read-timeout where the body stops for too long", async () => {
    await withServer(
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
      },
      async (guest, url) => {
        const response = await send(guest, url, { betweenBytesTimeout: 20 });
        assert.deepEqual(response, { tag: "connection-read-timeout" });
      },
    );
  });

  it("fails with connection-timeout where no connection comes about in time", async () => {
    await withServer(
      () => {},
      async (guest, url) => {
        // TLS with a server that says nothing.
        const secure = url.replace("http:", "https:");
        assert.equal(await failure(guest, secure, { connectTimeout: 20 }), "connection-timeout");
      },
    );
  });

  for (const [title, bytes, expected] of [
    ["that ends before its head", "HTTP/1.1 200", "connection-terminated"],
    ["that says nothing", "", "connection-terminated"],
    ["that is none", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP-protocol-error"],
    [
      "that is shorter than announced",
      "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
      "HTTP-response-incomplete",
    ],
    [
      "whose last chunk never comes",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
      "HTTP-response-incomplete",
    ],
    [
      "with a broken chunk",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP-protocol-error",
    ],
    [
      "with a head that is too large",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(200_000)}\r\n\r\n`,
      "HTTP-response-header-section-size",
    ],
  ] as const) {
    it(`fails with ${expected} for a response ${title}`, async () => {
      await withServer(
        (socket) => {
          socket.end(bytes);
        },
        async (guest, url) => assert.equal(await failure(guest, url), expected),
      );
    });
  }

  it("reads a body of unknown length to the end of its connection", async () => {
    await withServer(
      (socket) => {
        socket.end("HTTP/1.1 200 OK\r\n\r\nto the end");
      },
      async (guest, url) => assert.equal((await fetchText(guest, url)).body, "to the end"),
    );
  });

  it("passes over interim responses", async () => {
    await withServer(
      (socket) => {
        socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      },
      async (guest, url) => {
        const { status, body } = await fetchText(guest, url);
        assert.deepEqual([status, body], [200, "ok"]);
      },
    );
  });

  it("has no body for HEAD, 204 and 304", async () => {
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    await using server = await HttpTestServer.start((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { "x-method": request.method }).end();
    });
    for (const status of [200, 204, 304]) {
      const answer = await fetchText(guest, `http://shop.example:${server.port}/${status}`, {
        method: "HEAD",
      });
      assert.deepEqual(
        [answer.status, answer.body, answer.headers["x-method"]],
        [status, "", "HEAD"],
      );
    }
  });

  it("has the host wait for a guest that reads slowly, and then goes on", async () => {
    let written = 0;
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    const total = 64 * 1024 * 1024;
    await using server = await HttpTestServer.start((_request, response) => {
      const more = (): void => {
        while (written < total) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const response = await responseOf(start(guest, `http://shop.example:${server.port}/`));
    assert.ok(!("tag" in response));
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(written < total / 2, `${written} bytes were sent to nobody`);
    const answer = await readResponse(response);
    assert.ok(!("tag" in answer));
    assert.equal(answer.body.length, total);
  }).timeout(20_000);

  it("makes a guest wait that writes faster than the server reads", async () => {
    const sockets: Socket[] = [];
    await withServer(
      (socket) => {
        socket.pause();
        sockets.push(socket);
      },
      async (guest, url) => {
        const outgoing = createRequest(guest, url, { method: "POST" });
        const body = outgoing.body();
        const stream = body.write();
        const future = createOutgoingHandler(guest)(outgoing, undefined);
        let written = 0n;
        for (let idle = 0; idle < 10;) {
          const room = stream.checkWrite();
          if (room === 0n) {
            idle += 1;
            await new Promise((resolve) => setTimeout(resolve, 20));
            continue;
          }
          idle = 0;
          stream.write(new Uint8Array(Number(room)));
          written += room;
        }
        assert.ok(written > 0n && written < 32n * 1024n * 1024n, `${written} bytes were taken`);
        for (const socket of sockets) socket.destroy();
        const response = await responseOf(future);
        assert.ok("tag" in response);
        await stream.subscribe().block();
        assert.throws(() => stream.checkWrite(), GuestError);
      },
    );
  }).timeout(20_000);

  it("is given up when its future is dropped, and its connection closed", async () => {
    const closed = Promise.withResolvers<void>();
    const received = Promise.withResolvers<void>();
    await withServer(
      (socket) => {
        socket.on("data", () => received.resolve());
        socket.on("close", () => closed.resolve());
      },
      async (guest, url, egress) => {
        const future = start(guest, url);
        await received.promise;
        future[Symbol.dispose]();
        await closed.promise;
        await until(() => egress.http.connections === 0);
      },
    );
  });

  it("ends with its guest, whatever it was doing", async () => {
    const closed = Promise.withResolvers<void>();
    await withServer(
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
        socket.on("close", () => closed.resolve());
      },
      async (guest, url, egress) => {
        const response = await responseOf(start(guest, url));
        assert.ok(!("tag" in response));
        response.consume().stream();
        guest[Symbol.dispose]();
        await closed.promise;
        await until(() => egress.http.connections === 0);
      },
    );
  });

  it("breaks where the guest drops its body without finishing it", async () => {
    const ended = Promise.withResolvers<void>();
    await withServer(
      (socket) => {
        socket.on("close", () => ended.resolve());
      },
      async (guest, url) => {
        const outgoing = createRequest(guest, url, { method: "POST" });
        const body = outgoing.body();
        const stream = body.write();
        const future = createOutgoingHandler(guest)(outgoing, undefined);
        stream.checkWrite();
        stream.write(Buffer.from("half"));
        await new Promise((resolve) => setTimeout(resolve, 20));
        stream[Symbol.dispose]();
        body[Symbol.dispose]();
        const response = await responseOf(future);
        assert.ok("tag" in response);
        await ended.promise;
      },
    );
  });
});

/** Runs `test` against a server that does with each connection what `serve` says. */
async function withServer(
  serve: (socket: Socket) => void,
  test: (guest: Guest, url: string, egress: TestEgress) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).resume();
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  using egress = new TestEgress();
  egress.names.set("shop.example", ["93.184.216.34"]);
  using guest = createGuest(egress.options({}));
  try {
    await test(guest, `http://shop.example:${address.port}/`, egress);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
