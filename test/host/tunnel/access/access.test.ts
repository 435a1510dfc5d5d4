import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { describe, it } from "mocha";
import type { Access } from "../../../../host/tunnel/access/access.ts";
import { LinkKey } from "../../../../host/tunnel/access/signed-link.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import {
  answer,
  connectTo,
  eventually,
  GuestNetwork,
  isReset,
  readAll,
  startServer,
  startTunnel,
  type TestTunnel,
  visit,
} from "../support.ts";

const BASIC = { username: "me", password: new Secret("pass:word") };
const GOOD = `Authorization: Basic ${Buffer.from("me:pass:word").toString("base64")}\r\n`;
const BAD = `Authorization: Basic ${Buffer.from("me:other").toString("base64")}\r\n`;

interface Lab extends Disposable {
  readonly it: TestTunnel;
  readonly port: number;
  /** What came to the guest. */
  readonly seen: () => string;
}

/** A tunnel to a guest that answers each chunk with `ok`. */
async function open(access: Access, scheme: "bore" | "islet" = "bore"): Promise<Lab> {
  using stack = new DisposableStack();
  const guest = stack.use(new GuestNetwork());
  let seen = "";
  stack.use(
    guest.serve(80, (connection) => {
      answer(connection, (bytes) => {
        seen += Buffer.from(bytes).toString();
        return Buffer.from("HTTP/1.1 200 OK\r\n\r\nok");
      });
    }),
  );
  const server = stack.use(await startServer({ scheme }));
  const it = stack.use(startTunnel({ server: server.address, wayIn: guest, access }));
  const { publicPort: port } = await it.until("connected");
  const owned = stack.move();
  return { it, port, seen: () => seen, [Symbol.dispose]: () => owned.dispose() };
}

function request(fields = "", target = "/"): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
}

describe("A tunnel with a name and a password", () => {
  it("lets in who knows them, and does not show them to the guest", async () => {
    using lab = await open({ basic: BASIC });
    assert.match(await visit(lab.port, `${request(GOOD)}body`), /200 OK/);
    assert.equal(lab.seen(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nbody");
  });

  for (const [what, fields] of [
    ["nothing", ""],
    ["another password", BAD],
    ["another scheme", "Authorization: Bearer x\r\n"],
    ["rubbish", "Authorization: Basic %%%\r\n"],
  ] as const) {
    it(`answers 401 to ${what}, and no byte reaches the guest`, async () => {
      using lab = await open({ basic: BASIC });
      const reply = await visit(lab.port, request(fields));
      assert.match(reply, /^HTTP\/1\.1 401 Unauthorized\r\n/);
      assert.match(reply, /\r\nWWW-Authenticate: Basic /);
      assert.equal(lab.seen(), "");
      await eventually(() => lab.it.tunnel.statistics.refused === 1);
    });
  }

  for (const [what, bytes] of [
    ["what is not HTTP", "\u0016\u0003\u0001\0\u0005hello\r\n\r\n"],
    ["a folded line", `GET / HTTP/1.1\r\nHost: x\r\n ${GOOD}\r\n`],
    ["a bare line feed", `GET / HTTP/1.1\nHost: x\r\n${GOOD}\r\n`],
    ["a head without an end", `GET / HTTP/1.1\r\n${GOOD}`],
    ["a head that is too long", `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(4000)}${GOOD}\r\n`],
  ] as const) {
    it(`answers 400 to ${what}`, async () => {
      using lab = await open({ basic: BASIC });
      assert.match(await visit(lab.port, bytes), /^HTTP\/1\.1 400 /);
      assert.equal(lab.seen(), "");
    });
  }

  it("reads a head that comes byte by byte", async () => {
    using lab = await open({ basic: BASIC });
    const socket = await connectTo(lab.port);
    for (const byte of request(GOOD)) {
      socket.write(byte);
      await new Promise(setImmediate);
    }
    socket.end();
    assert.match((await readAll(socket)).toString(), /200 OK/);
  });

  it("leaves the connection of an upgrade alone", async () => {
    using lab = await open({ basic: BASIC });
    const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    await visit(lab.port, request(GOOD + upgrade));
    assert.equal(lab.seen(), `GET / HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
  });
});

describe("A tunnel with signed links", () => {
  const key = new LinkKey();

  it("turns a link into a cookie, and lets the cookie in", async () => {
    using lab = await open({ link: key });
    const token = key.sign(Date.now() + 60_000);
    const target = `/a?b=c&islet-link=${token}&d`;
    const reply = await visit(lab.port, request("", target));
    assert.match(reply, /^HTTP\/1\.1 302 Found\r\n/);
    assert.match(reply, /\r\nLocation: \/a\?b=c&d\r\n/);
    const [, cookie = ""] =
      /\r\nSet-Cookie: ([^;]+); Path=\/; Max-Age=\d+; HttpOnly/.exec(reply) ?? [];
    assert.equal(lab.seen(), "");
    assert.match(await visit(lab.port, request(`Cookie: a=b; ${cookie}\r\n`)), /200 OK/);
    assert.match(lab.seen(), /\r\nCookie: a=b\r\n/);
    assert.ok(!lab.seen().includes(token));
  });

  it("refuses links that ended, that are another tunnel's, or made up", async () => {
    using lab = await open({ link: key });
    const tokens = [
      key.sign(Date.now() - 1000),
      new LinkKey().sign(Date.now() + 60_000),
      key.sign(Date.now() + 60_000).replace(/^\d/, "9"),
      "1.2",
      "",
    ];
    for (const token of tokens) {
      const reply = await visit(lab.port, request("", `/?islet-link=${token}`));
      assert.match(reply, /^HTTP\/1\.1 403 /, token);
    }
    assert.equal(lab.seen(), "");
  });

  it("does not lead anywhere else", async () => {
    using lab = await open({ link: key });
    const token = key.sign(Date.now() + 60_000);
    for (const start of ["//evil.example/", "http://evil.example/", "*", "/\\evil.example"]) {
      const reply = await visit(lab.port, request("", `${start}?islet-link=${token}`));
      assert.doesNotMatch(reply, /Location: (?:\/[/\\]|http)/);
    }
  });

  it("takes a password as well, where it has both", async () => {
    using lab = await open({ link: key, basic: BASIC });
    assert.match(await visit(lab.port, request(GOOD)), /200 OK/);
    assert.match(await visit(lab.port, request()), /^HTTP\/1\.1 401 /);
  });
});

describe("A tunnel for some addresses", () => {
  const local = new BlockList();
  local.addSubnet("127.0.0.0", 8, "ipv4");
  const other = new BlockList();
  other.addAddress("192.0.2.1", "ipv4");

  it("lets them in where the server tells who visits", async () => {
    using lab = await open({ from: local }, "islet");
    assert.match(await visit(lab.port, "x"), /200 OK/);
  });

  it("resets all others", async () => {
    using lab = await open({ from: other }, "islet");
    assert.ok(await isReset(lab.port));
    assert.equal(lab.it.tunnel.statistics.refused, 1);
    assert.match(lab.it.warnings.join(), /127\.0\.0\.1 away: it is not allowed/);
  });

  it("lets nobody in where the server does not tell", async () => {
    using lab = await open({ from: local });
    assert.ok(await isReset(lab.port));
    assert.equal(lab.seen(), "");
  });
});
