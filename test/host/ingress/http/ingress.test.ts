import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "mocha";
import { startHttpIngress, type HttpIngress } from "../../../../host/ingress/http/ingress.ts";
import { RouteTable } from "../../../../host/ingress/http/route-table.ts";
import { TargetError, type HttpTarget } from "../../../../host/ingress/http/target.ts";
import { ListenError } from "../../../../host/ingress/listen.ts";
import type { HttpResponse, ResponseHead } from "../../../../host/wasi/http/message.ts";
import { MemoryBody, textOf } from "../../../support/memory-body.ts";

describe("HttpIngress", () => {
  it("passes method, path, host, headers and body on, and the answer back", async () => {
    await using ingress = await serving(async ({ head, body }) => {
      const headers = Object.fromEntries(head.headers);
      const text = await textOf(body);
      return answer(
        201,
        `${head.method} ${head.pathWithQuery} ${head.authority} ${String(headers["x-one"])} ${text}`,
      );
    });
    const response = await request(ingress, "/a/b?c=d", {
      method: "PUT",
      body: "payload",
      headers: { "X-One": "1" },
    });
    assert.equal(response.status, 201);
    assert.equal(await response.text(), `PUT /a/b?c=d ${authorityOf(ingress)} 1 payload`);
  });

  it("sends a whole answer with its length and a growing one in chunks", async () => {
    const growing = new MemoryBody();
    await using ingress = await serving(async ({ head }) =>
      head.pathWithQuery === "/whole" ? answer(200, "whole") : { head: OK, body: growing },
    );
    const whole = await request(ingress, "/whole");
    assert.equal(whole.headers.get("content-length"), "5");
    const response = await request(ingress, "/growing");
    assert.equal(response.headers.get("transfer-encoding"), "chunked");
    growing.push("one ");
    setImmediate(() => {
      growing.push("two");
      growing.end();
    });
    assert.equal(await response.text(), "one two");
  });

  it("loses no byte of an answer that has begun when it is taken over", async () => {
    const body = new MemoryBody();
    body.push("begun, ");
    await using ingress = await serving(async () => ({ head: OK, body }));
    const response = await request(ingress, "/");
    body.push("done");
    body.end();
    assert.equal(await response.text(), "begun, done");
  });

  it("passes request and response trailers on", async () => {
    await using ingress = await serving(async ({ body }) => {
      await textOf(body);
      return { head: OK, body: MemoryBody.of("x", body?.trailers) };
    });
    const raw = await exchange(
      ingress,
      "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n",
    );
    assert.match(raw, /\r\n0\r\nx-sum: 42\r\n\r\n$/);
  });

  it("answers HEAD and 204 without a body and tells the guest so", async () => {
    const body = MemoryBody.of("unwanted");
    await using ingress = await serving(async ({ head }) =>
      head.method === "HEAD"
        ? { head: OK, body }
        : { head: { status: 204, headers: [] }, body: undefined },
    );
    const head = await request(ingress, "/", { method: "HEAD" });
    assert.equal(await head.text(), "");
    assert.ok(body.cancelled);
    const empty = await request(ingress, "/");
    assert.equal(empty.status, 204);
    assert.equal(empty.headers.get("content-length"), null);
  });

  it("serves many requests on one connection, also where the guest ignores the body", async () => {
    await using ingress = await serving(async () => answer(200, "ok"));
    const one = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc";
    const raw = await exchange(
      ingress,
      `${one}${one}GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    assert.equal(raw.split("HTTP/1.1 200 OK").length - 1, 3);
  });

  for (const [title, handle] of [
    ["ignores the body", async () => answer(200, "ok")],
    [
      "stops reading the body",
      async ({ body }) => {
        if (body === undefined) return answer(200, "ok");
        await new Promise<void>((resolve) => {
          body.whenReadable.add(resolve);
        });
        body.readInto(new Uint8Array(1000));
        body.cancel();
        return answer(200, "ok");
      },
    ],
  ] as const satisfies readonly (readonly [string, HttpTarget["handle"]])[]) {
    it(`serves the next request on a connection also where the guest ${title} and much of it is left`, async () => {
      await using ingress = await serving(handle);
      const size = 4 * 1024 * 1024;
      const client = connect(ingress.address.port, "127.0.0.1");
      client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
      client.write(Buffer.alloc(size));
      client.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      assert.equal((await textFrom(client)).split("HTTP/1.1 200 OK").length - 1, 2);
    });
  }

  it("aborts the call when the client goes away", async () => {
    const aborted = Promise.withResolvers<string>();
    await using ingress = await serving(
      (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted.resolve(String(signal.reason));
            reject(signal.reason);
          });
        }),
    );
    const client = connect(ingress.address.port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    setTimeout(() => client.destroy(), 20);
    assert.match(await aborted.promise, /client closed/);
  });

  it("cuts the connection when an answer breaks half-way", async () => {
    const body = new MemoryBody();
    await using ingress = await serving(async () => ({ head: OK, body }));
    const response = await request(ingress, "/");
    body.push("half");
    setImmediate(() => body.fail(new Error("The guest trapped")));
    await assert.rejects(response.text());
  });

  it("names workload, guest and reason of each failure as problem+json", async () => {
    const origin = { workload: "default/leet", guest: "http-api" };
    const cases = [
      ["not-running", 503],
      ["overloaded", 503],
      ["guest-failed", 502],
      ["died", 502],
      ["timeout", 504],
    ] as const;
    for (const [code, status] of cases) {
      await using ingress = await serving(() =>
        Promise.reject(new TargetError(code, `Because of ${code}`, origin)),
      );
      const response = await request(ingress, "/");
      assert.equal(response.status, status);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      assert.equal(response.headers.get("retry-after"), status === 503 ? "1" : null);
      const problem: unknown = await response.json();
      assert.partialDeepStrictEqual(problem, { status, detail: `Because of ${code}`, ...origin });
    }
  });

  it("reports a fault of its own without telling the client of it", async () => {
    const errors: unknown[] = [];
    await using ingress = await serving(() => Promise.reject(new Error("secret")), errors);
    const response = await request(ingress, "/");
    assert.equal(response.status, 500);
    assert.ok(!(await response.text()).includes("secret"));
    assert.match(String(errors[0]), /secret/);
  });

  it("answers 400 for a request without a valid host and 404 for an unknown one", async () => {
    await using ingress = await startHttpIngress({
      address: { host: "127.0.0.1", port: 0 },
      routes: new RouteTable(),
      onError: assert.ifError,
    });
    const raw = async (head: string): Promise<string> =>
      (await exchange(ingress, `${head}connection: close\r\n\r\n`)).slice(0, 12);
    assert.equal(await raw("GET / HTTP/1.1\r\n"), "HTTP/1.1 400");
    assert.equal(await raw("GET / HTTP/1.1\r\nhost: a b\r\n"), "HTTP/1.1 400");
    assert.equal(await raw("GET / HTTP/1.1\r\nhost: nobody\r\n"), "HTTP/1.1 404");
    assert.equal(await raw("GET http://nobody/ HTTP/1.1\r\nhost: a\r\n"), "HTTP/1.1 404");
    assert.equal(await raw("GET nonsense HTTP/1.1\r\nhost: a\r\n"), "HTTP/1.1 400");
  });

  it("says who holds an address that is taken", async () => {
    await using ingress = await serving(async () => answer(200, ""));
    const again = startHttpIngress({
      address: { host: "127.0.0.1", port: ingress.address.port },
      routes: new RouteTable(),
      onError: assert.ifError,
    });
    await assert.rejects(
      again,
      (error) => error instanceof ListenError && /Try port/.test(error.message),
    );
  });

  it("does not read a request faster than the guest", async () => {
    let taken = 0;
    const release = Promise.withResolvers<void>();
    await using ingress = await serving(async ({ body }) => {
      await release.promise;
      taken = (await textOf(body)).length;
      return answer(200, String(taken));
    });
    const size = 32 * 1024 * 1024;
    const client = connect(ingress.address.port, "127.0.0.1");
    client.write(
      `POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${size}\r\n\r\n`,
    );
    client.write(Buffer.alloc(size));
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    assert.ok(client.writableLength > 0, "the client is held back");
    release.resolve();
    const [chunk] = await once(client, "data");
    assert.match(String(chunk), /33554432/);
    client.destroy();
  });
});

const OK: ResponseHead = { status: 200, headers: [["content-type", "text/plain"]] };

function answer(status: number, text: string): HttpResponse {
  return { head: { status, headers: [] }, body: text === "" ? undefined : MemoryBody.of(text) };
}

function serving(handle: HttpTarget["handle"], errors: unknown[] = []): Promise<HttpIngress> {
  const routes = new RouteTable();
  routes.add(["a"], { workload: "default/a", isReady: true, handle });
  return startHttpIngress({
    address: { host: "127.0.0.1", port: 0 },
    routes,
    onError: (error) => errors.push(error),
  });
}

function authorityOf(ingress: HttpIngress): string {
  return `127.0.0.1:${ingress.address.port}`;
}

function request(ingress: HttpIngress, path: string, init?: RequestInit): Promise<Response> {
  return fetch(`http://${authorityOf(ingress)}${path}`, init);
}

/** Sends bytes and gives all that comes back until the server closes. */
async function exchange(ingress: HttpIngress, text: string): Promise<string> {
  const client = connect(ingress.address.port, "127.0.0.1");
  client.write(text);
  return await textFrom(client);
}

/** All that comes from the server until it closes. */
async function textFrom(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
