import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { HttpIngress, HttpIngressOptions } from "../../../../host/ingress/http/ingress.ts";
import type { HttpTarget } from "../../../../host/ingress/http/target.ts";
import { answerWith, dial, exchange, ingressTo, restOf } from "../../../support/ingress.ts";
import { MemoryBody, textOf } from "../../../support/memory-body.ts";

describe("HttpIngress, what clients may ask of the protocol", () => {
  it("tells a client to go on with its body once somebody is there for it", async () => {
    await using ingress = await ingressTo(async ({ body }) => answerWith(200, await textOf(body)));
    const socket = await dial(ingress);
    socket.write(`${POST}connection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n`);
    const [first] = await once(socket, "data");
    assert.match(String(first), /^HTTP\/1.1 100 Continue\r\n\r\n$/);
    socket.write("hi");
    assert.match(await restOf(socket), /^HTTP\/1.1 200 .*hi$/s);
  });

  it("tells a client whose request it refuses nothing of the kind, and closes", async () => {
    await using ingress = await ingressTo(async () => answerWith(200), {
      limits: { bodySize: 10 },
    });
    const head = `${POST}expect: 100-continue\r\ncontent-length: 11\r\n\r\n`;
    assert.match(await exchange(ingress, head), /^HTTP\/1.1 413 .*connection: close/s);
  });

  it("answers what it does not expect with 417", async () => {
    await using ingress = await ingressTo(async () => answerWith(200));
    const head = `${POST}connection: close\r\nexpect: a-miracle\r\n\r\n`;
    assert.match(await exchange(ingress, head), /^HTTP\/1.1 417 /);
  });

  it("answers requests of a pipeline in their order, whoever is done first", async () => {
    const waiting: (() => void)[] = [];
    await using ingress = await ingressTo(async ({ head: { pathWithQuery: path } }) => {
      if (path === "/last") for (const go of waiting) go();
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return answerWith(200, path);
    });
    const paths = ["/one", "/two", "/last"];
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n`);
    const answers = await exchange(ingress, `${requests.join("\r\n")}connection: close\r\n\r\n`);
    assert.deepEqual(
      Array.from(answers.matchAll(/\r\n\r\n(\/[a-z]+)/g), ([, path]) => path),
      paths,
    );
  });

  it("answers while the request still arrives, and then takes the next one", async () => {
    await using ingress = await ingressTo(async () => answerWith(200, "early"));
    const socket = await dial(ingress);
    socket.write(`${POST}content-length: 300000\r\n\r\n`);
    socket.write("x".repeat(100_000));
    const [first] = await once(socket, "data");
    assert.match(String(first), /^HTTP\/1.1 200 .*early$/s);
    socket.write("x".repeat(200_000));
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert.match(await restOf(socket), /^HTTP\/1.1 200 .*early$/s);
  });

  it("opens no tunnel over HTTP/2 either", async () => {
    await using lab = await secure(async () => answerWith(200));
    const stream = lab.session.request({ ":method": "CONNECT", ":authority": "example.com:443" });
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 400);
    stream.destroy();
  });

  it("tells a client of HTTP/2 to go on, and one whose body is too large to stop", async () => {
    await using lab = await secure(async ({ body }) => answerWith(200, await textOf(body)), {
      limits: { bodySize: 100_000 },
    });
    const small = lab.session.request(
      { ":method": "POST", expect: "100-continue" },
      { endStream: false },
    );
    await once(small, "continue");
    small.end("hi");
    assert.equal(Buffer.concat(await small.toArray()).toString(), "hi");
    const large = lab.session.request({ ":method": "POST" }, { endStream: false });
    large.on("error", () => undefined);
    const feed = (): boolean => !large.destroyed && large.write(Buffer.alloc(16_384), feed);
    feed();
    const [headers] = await once(large, "response");
    assert.equal(headers[":status"], 413);
    large.resume();
    if (!large.closed) await once(large, "close");
    assert.equal(large.rstCode, 0);
    const next = lab.session.request({ ":method": "POST" }, { endStream: false });
    next.end("on");
    assert.equal(Buffer.concat(await next.toArray()).toString(), "on");
  });

  it("says goodbye to sessions of HTTP/2 when it closes, and lets their requests finish", async () => {
    const body = new MemoryBody();
    await using lab = await secure(async () => ({ head: { status: 200, headers: [] }, body }));
    const stream = lab.session.request({ ":path": "/" });
    body.push("be");
    await once(stream, "response");
    const goodbye = once(lab.session, "goaway");
    const closed = lab.ingress[Symbol.asyncDispose]();
    const [code] = await goodbye;
    assert.equal(code, 0);
    body.push("gin");
    body.end();
    assert.equal(Buffer.concat(await stream.toArray()).toString(), "begin");
    await closed;
  });
});

const POST = "POST / HTTP/1.1\r\nhost: a\r\n";
const FIXTURE = join(import.meta.dirname, "../../../fixture/tls");

interface Lab extends AsyncDisposable {
  readonly ingress: HttpIngress;
  readonly session: ClientHttp2Session;
}

async function secure(
  handle: HttpTarget["handle"],
  options: Partial<HttpIngressOptions> = {},
): Promise<Lab> {
  const files = {
    hosts: [],
    certFile: join(FIXTURE, "certificate.pem"),
    keyFile: join(FIXTURE, "key.pem"),
  };
  const ingress = await ingressTo(handle, { tls: { certificates: [files] }, ...options });
  const url = `https://localhost:${ingress.address.port}`;
  const session = connectHttp2(url, { rejectUnauthorized: false });
  await once(session, "connect");
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> =>
    await (closed ??= Promise.resolve(ingress[Symbol.asyncDispose]()));
  return {
    ingress: { address: ingress.address, [Symbol.asyncDispose]: close },
    session,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await close();
    },
  };
}
