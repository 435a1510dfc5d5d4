import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { HttpIngress } from "../../../../host/ingress/http/ingress.ts";
import type { FieldList, HttpResponse } from "../../../../host/wasi/http/message.ts";
import { exchange, ingressTo } from "../../../support/ingress.ts";
import { MemoryBody } from "../../../support/memory-body.ts";

/** Answers that a guest gives and that cannot go to a client as they are. */
describe("HttpIngress, an answer that is not as it should be", () => {
  const cases: readonly (readonly [name: string, answer: () => HttpResponse])[] = [
    ["a status that is not final", () => answer(103)],
    ["a status that changes the protocol", () => answer(101)],
    ["a control character in a field", () => answer(200, [["x-a", "a\u0001b\n"]])],
    ["a field whose name is none", () => answer(200, [[":x", "1"]])],
    ["a length above that of its body", () => answer(200, [["content-length", "10"]])],
    ["a length below that of its body", () => answer(200, [["content-length", "2"]])],
    [
      "two lengths",
      () =>
        answer(
          200,
          [5, 2].map((length) => ["content-length", `${length}`]),
        ),
    ],
    ["a length that is no number", () => answer(200, [["content-length", "+5"]])],
  ];
  for (const [name, guest] of cases) {
    it(`is 502 in both versions: ${name}`, async () => {
      await using plain = await ingressTo(async () => guest());
      assert.match(await exchange(plain, GET), /^HTTP\/1.1 502 Bad Gateway\r\n.*default\/a/s);
      await using secure = await startSecure(guest);
      assert.equal((await ask(secure)).status, 502);
    });
  }

  it("has no body left unread where it is not sent", async () => {
    const body = new MemoryBody();
    await using ingress = await ingressTo(async () => ({
      head: { status: 103, headers: [] },
      body,
    }));
    assert.match(await exchange(ingress, GET), /^HTTP\/1.1 502/);
    assert.equal(body.cancelled, true);
  });

  it("is 502 in HTTP/2, whose fields come once each, and the session goes on", async () => {
    const twice = (["etag", "location", "date"] as const).map((name) => [name, "1"] as const);
    await using ingress = await startSecure((path) =>
      path === "/ok" ? answer(200) : answer(200, [...twice, ...twice]),
    );
    await using session = await open(ingress);
    assert.equal((await session.ask("/")).status, 502);
    assert.equal((await session.ask("/ok")).status, 200);
  });

  it("loses the fields of a connection that is not the client's", async () => {
    const fields: FieldList = [
      ["connection", "close"],
      ["transfer-encoding", "chunked"],
      ["te", "gzip"],
      ["Keep-Alive", "timeout=5"],
      ["x-kept", "1"],
    ];
    await using plain = await ingressTo(async () => answer(200, fields));
    const text = await exchange(plain, GET);
    assert.doesNotMatch(text, /chunked|gzip|timeout=5/);
    assert.match(text, /x-kept: 1\r\n.*content-length: 5\r\n/s);
    await using secure = await startSecure(() => answer(200, fields));
    const { status, fields: seen, text: body } = await ask(secure);
    assert.deepEqual([status, seen["x-kept"], body], [200, "1", "hello"]);
  });

  it("loses trailers that are about the message itself, and keeps the others", async () => {
    const trailers: FieldList = [
      ["connection", "x"],
      ["content-length", "1"],
      [":status", "500"],
      ["x-sum", "1"],
      ["x-sum", "2"],
    ];
    const guest = (): HttpResponse => ({
      head: { status: 200, headers: [] },
      body: MemoryBody.of("hello", trailers),
    });
    await using plain = await ingressTo(async () => guest());
    assert.match(await exchange(plain, GET), /\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n$/);
    await using secure = await startSecure(guest);
    const { trailers: seen } = await ask(secure);
    assert.deepEqual(Object.entries(seen), [["x-sum", "1, 2"]]);
  });

  it("has no length where it has no body", async () => {
    await using plain = await ingressTo(async () => answer(204, [["content-length", "5"]]));
    assert.doesNotMatch(await exchange(plain, GET), /content-length/i);
    await using secure = await startSecure(() => answer(204, [["content-length", "5"]]));
    assert.equal((await ask(secure)).status, 204);
  });

  it("is cut where its body is longer or shorter than it said while it is sent", async () => {
    for (const length of [7, 100]) {
      const body = new MemoryBody();
      const headers: FieldList = [["content-length", String(length)]];
      await using ingress = await ingressTo(async () => ({ head: { status: 200, headers }, body }));
      const whole = exchange(ingress, GET);
      body.push("hello");
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      body.push("world");
      body.end();
      assert.doesNotMatch(await whole, length === 7 ? /world|worl|wo/ : /\r\n\r\n.{100}/s);
    }
  });
});

const GET = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
const FIXTURE = join(import.meta.dirname, "../../../fixture/tls");

function answer(status: number, headers: FieldList = []): HttpResponse {
  return { head: { status, headers }, body: MemoryBody.of("hello") };
}

function startSecure(guest: (path: string) => HttpResponse): Promise<HttpIngress> {
  const files = {
    hosts: [],
    certFile: join(FIXTURE, "certificate.pem"),
    keyFile: join(FIXTURE, "key.pem"),
  };
  return ingressTo(async ({ head }) => guest(head.pathWithQuery), {
    tls: { certificates: [files] },
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly fields: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly text: string;
}

interface Session extends AsyncDisposable {
  ask(path: string): Promise<Answer>;
}

async function open({ address }: HttpIngress): Promise<Session> {
  const session = connectHttp2(`https://localhost:${address.port}`, { rejectUnauthorized: false });
  await once(session, "connect");
  return {
    async ask(path) {
      const stream = session.request({ ":path": path });
      let trailers: IncomingHttpHeaders = {};
      stream.on("trailers", (fields: IncomingHttpHeaders) => (trailers = fields));
      const [fields] = await once(stream, "response");
      const text = Buffer.concat(await stream.toArray()).toString();
      return { status: fields[":status"], fields, trailers, text };
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
    },
  };
}

async function ask(ingress: HttpIngress): Promise<Answer> {
  await using session = await open(ingress);
  return await session.ask("/");
}
