import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Policy } from "../../../../policy/policy.ts";
import { parseAllowedHost } from "../../../../policy/allowed-host.ts";
import { parseLoopbackGrant } from "../../../../policy/loopback-grant.ts";
import type { GuestDecision } from "../../../../host/wasi/egress/guest-egress.ts";
import { Fields } from "../../../../host/wasi/http/fields.ts";
import { createOutgoingHandler } from "../../../../host/wasi/http/outgoing-handler.ts";
import { OutgoingRequest } from "../../../../host/wasi/http/outgoing-request.ts";
import { createGuest } from "../support.ts";
import { TestEgress } from "../egress/support.ts";
import { failure, fetchText, HttpTestServer, send, serveVirtual } from "./client-support.ts";

describe("outgoing-handler", () => {
  it("reaches the workload's own service by all of its names, over the virtual network", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({ allowedHosts: [] }));
    using _listener = serveVirtual(egress.virtual, 8080, (request, response) => {
      response.end(`${request.headers.host}${request.url}`);
    });
    for (const host of [
      "127.0.0.1",
      "localhost",
      "service.wasmcloud.internal",
      "0.svc.wasmcloud.internal",
    ]) {
      const { status, body } = await fetchText(guest, `http://${host}:8080/hello?x=1`);
      assert.equal(status, 200);
      assert.equal(body, `${host}:8080/hello?x=1`);
    }
    assert.deepEqual(egress.dialled, []);
    assert.deepEqual(egress.asked, []);
  });

  it("tells records no more of an authority than a name can have", () => {
    const told: GuestDecision[] = [];
    using guest = createGuest({ onDecision: (decision) => told.push(decision) });
    const request = new OutgoingRequest(guest, new Fields(guest));
    request.setAuthority("a".repeat(100_000));
    assert.throws(() => createOutgoingHandler(guest)(request, undefined));
    assert.deepEqual(
      told.map(({ name }) => name),
      [`https://${"a".repeat(255)}:443`],
    );
  });

  it("tells of a service that does not listen", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({}));
    assert.equal(await failure(guest, "http://localhost:8080/"), "connection-refused");
    assert.equal(egress.virtual.connections, 0);
  });

  it("sends a body with trailers, and gets one back", async () => {
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    await using server = await HttpTestServer.start((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.writeHead(201, { trailer: "x-sum", "x-twice": ["a", "b"] });
        response.write(`${request.method} ${String(Buffer.concat(chunks))}`);
        response.addTrailers({ "x-sum": String(request.trailers["x-sum"]) });
        response.end();
      });
    });
    const answer = await fetchText(guest, `http://shop.example:${server.port}/`, {
      body: "one and two",
      headers: { "content-type": "text/plain" },
      trailers: { "x-sum": "42" },
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.body, "POST one and two");
    assert.deepEqual(answer.trailers, { "x-sum": "42" });
    assert.deepEqual(egress.asked, ["shop.example"]);
    assert.deepEqual(egress.dialled, [`93.184.216.34 ${server.port}`]);
  });

  it("dials the addresses that were checked, and leaves out those that are closed", async () => {
    using egress = new TestEgress();
    egress.names.set("mixed.example", ["169.254.169.254", "93.184.216.34", "127.0.0.1", "::1"]);
    using guest = createGuest(egress.options({}));
    await using server = await HttpTestServer.start((_request, response) => response.end("hello"));
    const { body } = await fetchText(guest, `http://mixed.example:${server.port}/`);
    assert.equal(body, "hello");
    assert.deepEqual(egress.dialled, [`93.184.216.34 ${server.port}`]);
  });

  it("denies a name whose addresses are all closed, and a name that changes its mind", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({}));
    egress.names.set("evil.example", ["169.254.169.254", "::ffff:a9fe:a9fe", "127.0.0.1"]);
    assert.equal(await failure(guest, "http://evil.example/"), "HTTP-request-denied");
    await using server = await HttpTestServer.start((_request, response) => response.end("hello"));
    egress.names.set("fickle.example", ["93.184.216.34"]);
    await fetchText(guest, `http://fickle.example:${server.port}/`);
    egress.names.set("fickle.example", ["169.254.169.254"]);
    assert.equal(await failure(guest, "http://evil.example/"), "HTTP-request-denied");
    assert.equal(egress.dialled.length, 1);
  });

  const denials: readonly (readonly [url: string, policy: Partial<Policy>, rule: string])[] = [
    ["http://other.example/", { allowedHosts: [] }, "not-allowed"],
    ["http://other.example/", { allowedHosts: hosts("shop.example") }, "not-allowed"],
    ["http://shop.example:81/", { allowedHosts: hosts("shop.example:80") }, "not-allowed"],
    ["https://shop.example/", { allowedHosts: hosts("http://shop.example") }, "not-allowed"],
    ["http://93.184.216.34/", { allowedHosts: hosts("shop.example") }, "not-allowed"],
    ["http://169.254.169.254/", { allowedHosts: hosts("*") }, "special-range"],
    ["http://[::ffff:169.254.169.254]/", { allowedHosts: hosts("*") }, "special-range"],
    ["http://[64:ff9b::a9fe:a9fe]/", { allowedHosts: hosts("*") }, "special-range"],
    ["http://10.0.0.1/", { allowedHosts: hosts("*"), denyPrivate: true }, "private-range"],
    ["http://[::ffff:127.0.0.1]/", { allowedHosts: hosts("*") }, "own-address"],
    ["http://host.wasmcloud.internal:80/", { allowedHosts: hosts("*") }, "host-loopback-disabled"],
    ["http://127.255.255.254:80/", grant(81), "host-loopback-not-granted"],
  ];
  for (const [url, policy, rule] of denials) {
    it(`denies ${url} by the rule ${rule}`, async () => {
      using egress = new TestEgress();
      using guest = createGuest(egress.options(policy));
      assert.equal(await failure(guest, url, { body: "x" }), "HTTP-request-denied");
      assert.deepEqual(
        egress.decisions.map((decision) => `${decision.use} ${decision.outcome} ${decision.rule}`),
        [`http deny ${rule}`],
      );
      assert.deepEqual([egress.dialled, egress.asked], [[], []]);
    });
  }

  for (const url of [
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://user:secret@shop.example/",
    "http://shop.example:99999/",
    "http://shop.example:x/",
  ]) {
    it(`takes ${url} for no address and no name`, async () => {
      using egress = new TestEgress();
      using guest = createGuest(egress.options({}));
      assert.match(await failure(guest, url), /^HTTP-request-URI-invalid$/);
      assert.deepEqual(egress.asked, []);
    });
  }

  it("knows that nobody has an unknown internal name, and asks nobody", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({}));
    assert.equal(await failure(guest, "http://other.wasmcloud.internal/"), "DNS-error");
    assert.deepEqual(egress.asked, []);
  });

  it("refuses other schemes and CONNECT", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({}));
    assert.equal(await failure(guest, "ftp://shop.example/"), "HTTP-protocol-error");
    assert.equal(
      await failure(guest, "http://shop.example/", { method: "CONNECT" }),
      "HTTP-request-method-invalid",
    );
  });

  it("reaches a granted port of the machine's loopback, but none of the host itself", async () => {
    using egress = new TestEgress();
    await using server = await HttpTestServer.start((request, response) => {
      response.end(request.headers.host);
    });
    using guest = createGuest(egress.options({ allowedHosts: [], ...grant(server.port) }));
    const url = `http://host.wasmcloud.internal:${server.port}/`;
    const { body } = await fetchText(guest, url);
    assert.equal(body, `host.wasmcloud.internal:${server.port}`);
    assert.deepEqual(egress.dialled, [`127.0.0.1 ${server.port}`]);
    egress.machine.setOwnPorts({ tcp: [server.port], udp: [] });
    assert.equal(await failure(guest, url), "HTTP-request-denied");
  });

  it("leaves redirects to the guest, whose next request is judged anew", async () => {
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    await using server = await HttpTestServer.start((_request, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
    });
    const { status, headers } = await fetchText(guest, `http://shop.example:${server.port}/`);
    assert.equal(status, 302);
    assert.equal(await failure(guest, headers["location"] ?? ""), "HTTP-request-denied");
    assert.equal(egress.dialled.length, 1);
  });

  it("says what the resolver says", async () => {
    using egress = new TestEgress();
    using guest = createGuest(egress.options({}));
    assert.deepEqual(await send(guest, "http://nobody.example/"), {
      tag: "DNS-error",
      val: { rcode: "NXDOMAIN" },
    });
  });

  it("sends nothing for a guest without a way out", async () => {
    using guest = createGuest();
    assert.equal(await failure(guest, "http://localhost/"), "HTTP-request-denied");
  });
});

function grant(port: number): Partial<Policy> {
  const parsed = parseLoopbackGrant(`${port}/tcp`);
  assert.ok(parsed !== undefined);
  return { hostLoopback: true, loopbackGrants: [parsed] };
}

function hosts(text: string): Policy["allowedHosts"] {
  const parsed = parseAllowedHost(text);
  assert.ok(parsed !== undefined);
  return [parsed];
}
