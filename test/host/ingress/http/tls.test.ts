import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdtempDisposable, readFile, rename, writeFile } from "node:fs/promises";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, it } from "mocha";
import { readCertificates } from "../../../../host/ingress/http/certificate.ts";
import type { HttpIngress, HttpIngressOptions } from "../../../../host/ingress/http/ingress.ts";
import type { HttpTarget } from "../../../../host/ingress/http/target.ts";
import { CertificateError } from "../../../../host/ingress/http/tls-options.ts";
import { answerWith, ingressTo, until } from "../../../support/ingress.ts";
import { MemoryBody, textOf } from "../../../support/memory-body.ts";

const FIXTURE = join(import.meta.dirname, "../../../fixture/tls");

describe("HttpIngress over TLS", () => {
  it("speaks HTTP/2, with bodies and trailers both ways", async () => {
    await using lab = await start(async ({ head, body }) => {
      const text = await textOf(body);
      const headers: [string, string][] = [
        ["x-seen", `${head.method} ${head.scheme} ${head.authority}`],
      ];
      return { head: { status: 201, headers }, body: MemoryBody.of(text, [["x-sum", "42"]]) };
    });
    using session = await lab.session();
    const stream = session.session.request(
      { ":method": "POST", ":path": "/a" },
      { endStream: false },
    );
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.on("trailers", (fields) => (trailers = fields));
    stream.end("hello");
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 201);
    assert.equal(headers["x-seen"], `POST https localhost:${lab.ingress.address.port}`);
    assert.equal(Buffer.concat(await stream.toArray()).toString(), "hello");
    assert.equal(trailers["x-sum"], "42");
  });

  it("speaks HTTP/1.1 with those who do", async () => {
    await using lab = await start(async ({ head }) => answerWith(200, head.scheme));
    assert.equal(await lab.get(), "200 https");
  });

  it("answers many requests of one session at a time, and refuses what it would of HTTP/1.1", async () => {
    await using lab = await start(async ({ head }) => answerWith(200, head.pathWithQuery), {
      limits: { bodySize: 10, headerCount: 20 },
    });
    using session = await lab.session();
    const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path) => ask(session.session, { ":path": path })));
    assert.deepEqual(
      answers,
      paths.map((path) => `200 ${path}`),
    );
    assert.match(await ask(session.session, { ":method": "POST", "content-length": 11 }), /^413/);
    assert.match(await ask(session.session, { ":authority": "a", host: "other" }), /^400/);
    await assert.rejects(ask(session.session, { ":authority": "a b" }), /PROTOCOL_ERROR/);
  });

  it("breaks a stream whose answer breaks off, and leaves the others alone", async () => {
    const body = new MemoryBody();
    await using lab = await start(async ({ head }) =>
      head.pathWithQuery === "/ok"
        ? answerWith(200, "ok")
        : { head: { status: 200, headers: [] }, body },
    );
    using session = await lab.session();
    const stream = session.session.request({ ":path": "/broken" });
    body.push("half");
    await once(stream, "response");
    body.fail(new Error("The guest trapped"));
    await assert.rejects(stream.toArray(), /NGHTTP2_INTERNAL_ERROR/);
    assert.equal(await ask(session.session, { ":path": "/ok" }), "200 ok");
  });

  it("tells the guest when a stream is cancelled, and closes a session that cancels without end", async () => {
    let aborted = 0;
    await using lab = await start(
      (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted += 1;
            reject(signal.reason);
          });
        }),
      { limits: { resets: { burst: 20, rate: 1 } } },
    );
    using session = await lab.session();
    const first = session.session.request({ ":path": "/" });
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    first.close(8);
    await until(() => aborted === 1);
    const flood = setInterval(() => {
      if (session.session.closed || session.session.destroyed) return;
      const stream = session.session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      stream.close(8);
    }, 1);
    session.session.on("error", () => undefined);
    await new Promise<void>((resolve) => {
      session.session.once("close", resolve);
    });
    clearInterval(flood);
  });

  it("shows the certificate of the host that is asked for, and the first one to all others", async () => {
    await using folder = await certificates("one", "*.three.example");
    await using lab = await start(async () => answerWith(200), {
      tls: { certificates: [folder.files("one"), folder.files("*.three.example")] },
    });
    const { port } = lab.ingress.address;
    assert.equal(await subjectFor(port, "a.three.example"), "*.three.example");
    for (const host of ["one", "three.example", "a.b.three.example", "other", undefined]) {
      assert.equal(await subjectFor(port, host), "one", String(host));
    }
  });

  it("takes a new certificate without a failed request, and keeps the old one where the new one is broken", async () => {
    await using folder = await certificates("one", "two");
    const files = folder.files("one");
    const notices: string[] = [];
    await using lab = await start(async () => answerWith(200, "ok"), {
      tls: { certificates: [files] },
      onNotice: (message) => notices.push(message),
    });
    const failures: unknown[] = [];
    let requests = 0;
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        requests += 1;
        await lab.get().then(
          (answer) => answer === "200 ok" || failures.push(answer),
          (error: unknown) => failures.push(error),
        );
      }
    });
    await writeFile(files.certFile, "-----BEGIN CERTIFICATE-----\nbroken");
    await until(() => notices.length === 1);
    assert.match(
      notices.join(),
      /one\.pem: it holds no certificate in PEM; the old one stays in use/,
    );
    assert.equal(await subjectFor(lab.ingress.address.port, undefined), "one");
    const { certFile, keyFile } = folder.files("two");
    await rename(keyFile, files.keyFile);
    await rename(certFile, files.certFile);
    await until(() => notices.length === 2);
    assert.match(notices.join(), /The certificates changed/);
    assert.equal(await subjectFor(lab.ingress.address.port, undefined), "two");
    isOver = true;
    await Promise.all(load);
    assert.deepEqual(failures, []);
    assert.ok(requests > 4);
  });

  it("asks for client certificates where there is an authority for them", async () => {
    await using lab = await start(async () => answerWith(200, "ok"), {
      tls: { certificates: [FILES], clientCaFile: join(FIXTURE, "ca.pem") },
    });
    await assert.rejects(lab.get());
    const [cert, key] = await Promise.all([readFile(FILES.certFile), readFile(FILES.keyFile)]);
    assert.equal(await lab.get({ cert, key }), "200 ok");
    await using folder = await certificates("one");
    const stranger = folder.files("one");
    const options = {
      cert: await readFile(stranger.certFile),
      key: await readFile(stranger.keyFile),
    };
    await assert.rejects(lab.get(options));
  });

  it("says which file cannot be used", async () => {
    const lost = { ...FILES, keyFile: join(FIXTURE, "lost.pem") };
    await assert.rejects(
      readCertificates({ certificates: [lost] }),
      (error) => error instanceof CertificateError && /Cannot read .*lost\.pem/.test(error.message),
    );
    const swapped = { hosts: [], certFile: FILES.keyFile, keyFile: FILES.certFile };
    await assert.rejects(
      readCertificates({ certificates: [swapped] }),
      /key\.pem: it holds no certificate/,
    );
    await using folder = await certificates("one");
    const mixed = { ...FILES, keyFile: folder.files("one").keyFile };
    await assert.rejects(
      readCertificates({ certificates: [mixed] }),
      /Cannot use the certificate .* with the key/,
    );
  });
});

const FILES = {
  hosts: [],
  certFile: join(FIXTURE, "certificate.pem"),
  keyFile: join(FIXTURE, "key.pem"),
};

interface Lab extends AsyncDisposable {
  readonly ingress: HttpIngress;
  session(): Promise<Disposable & { readonly session: ClientHttp2Session }>;
  /** A request of HTTP/1.1 on a connection of its own, as `status body`. */
  get(options?: { readonly cert: Buffer; readonly key: Buffer }): Promise<string>;
}

async function start(
  handle: HttpTarget["handle"],
  options: Partial<HttpIngressOptions> = {},
): Promise<Lab> {
  const ingress = await ingressTo(handle, { tls: { certificates: [FILES] }, ...options });
  const url = `https://localhost:${ingress.address.port}`;
  return {
    ingress,
    async session() {
      const session = connectHttp2(url, { rejectUnauthorized: false });
      await once(session, "connect");
      return { session, [Symbol.dispose]: () => session.destroy() };
    },
    async get(certificate) {
      const outgoing = request(url, { agent: false, rejectUnauthorized: false, ...certificate });
      outgoing.end();
      const [answer] = await once(outgoing, "response");
      const chunks: Buffer[] = await answer.toArray();
      return `${answer.statusCode} ${Buffer.concat(chunks).toString()}`;
    },
    [Symbol.asyncDispose]: () => ingress[Symbol.asyncDispose](),
  };
}

/** The status and the body of the answer to a request of HTTP/2. */
async function ask(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string | number>>,
): Promise<string> {
  const stream = session.request(headers);
  const [answer] = await once(stream, "response");
  return `${answer[":status"]} ${Buffer.concat(await stream.toArray()).toString()}`;
}

/** The name in the certificate that a client is shown. */
async function subjectFor(port: number, servername: string | undefined): Promise<unknown> {
  const socket: TLSSocket = connectTls({
    port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
    ...(servername !== undefined && { servername }),
  });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}

/** A folder with the self-signed certificates for these names, which may be changed. */
async function certificates(...names: readonly string[]): Promise<
  AsyncDisposable & {
    files(name: string): {
      readonly hosts: string[];
      readonly certFile: string;
      readonly keyFile: string;
    };
  }
> {
  const folder = await mkdtempDisposable(join(tmpdir(), "islet-tls-"));
  for (const name of names.map(toFileName)) {
    for (const file of [`${name}.pem`, `${name}.key.pem`]) {
      await cp(join(FIXTURE, file), join(folder.path, file));
    }
  }
  return {
    files: (name) => {
      const base = join(folder.path, toFileName(name));
      return { hosts: [], certFile: `${base}.pem`, keyFile: `${base}.key.pem` };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function toFileName(name: string): string {
  return name.replace("*", "any");
}
