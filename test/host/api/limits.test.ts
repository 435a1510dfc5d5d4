import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "mocha";
import { EventStreams } from "../../../host/api/event-streams.ts";
import { exchange, raw } from "./raw.ts";
import { ADMIN_TOKEN, manifest, serve, type ServedApi, TOKEN } from "./served.ts";
import { openEvents } from "./sse.ts";

const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };
const HOST = ["host", "localhost"] as const;
const AUTH = ["authorization", `Bearer ${TOKEN}`] as const;
const JSON_TYPE = ["content-type", "application/json"] as const;

describe("the limits of the API", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve({ streams: new EventStreams(2, 64 * 1024) });
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  /** The body of a request of so many bytes that applies a workload. */
  function bodyOf(bytes: number): string {
    const name = join(api.directory, "big.yaml");
    const [head = "", tail = ""] = JSON.stringify({
      manifests: [{ name, text: `${manifest("two")}# !` }],
    }).split("!");
    return head + "x".repeat(bytes - head.length - tail.length) + tail;
  }

  const KIB = 1024;
  for (const [who, most, over, headers] of [
    ["the socket", 8192 * KIB, "call", {}],
    ["TCP", 256 * KIB, "callTcp", {}],
    ["TCP with the administrator's token", 8192 * KIB, "callTcp", ADMIN],
  ] as const) {
    it(`takes manifests of ${most / KIB} KiB over ${who} and refuses larger ones`, async () => {
      const fits = await api[over]("POST", "/v1/workloads", bodyOf(most), headers);
      assert.equal(fits.status, 200, fits.text);
      // What is sent in pieces has no length that could be read beforehand.
      for (const body of [bodyOf(most + 1), Readable.from([bodyOf(most), " "])]) {
        const { status, json } = await api[over]("POST", "/v1/workloads", body, headers);
        assert.equal(status, 413);
        assert.equal(json.type, "https://islet.dev/problems/too-large");
      }
    });
  }

  it("takes 256 KiB on other routes, over the socket as well", async () => {
    const body = `{}${" ".repeat(256 * KIB)}`;
    assert.equal((await api.call("POST", "/v1/workloads/one/restart", body)).status, 413);
  });

  it("does not wait for a body that is announced too large, nor for one in pieces", async () => {
    const head = [HOST, AUTH, JSON_TYPE];
    const announced = raw("POST /v1/workloads", [...head, ["content-length", "99999999999"]]);
    assert.match(await exchange(api.port, announced), /^HTTP\/1\.1 413 /);
    const chunk = `20000\r\n${"x".repeat(0x20000)}\r\n`;
    const chunked = raw("POST /v1/workloads", [...head, ["transfer-encoding", "chunked"]]);
    const socket = connect({ port: api.port, host: "127.0.0.1" });
    socket.write(chunked + chunk.repeat(3));
    assert.match(await text(socket), /^HTTP\/1\.1 413 /);
  });

  it("answers JSON that is nested deeply", async () => {
    for (const body of [
      "[".repeat(200_000),
      `{"manifests":${"[".repeat(9e4)}${"]".repeat(9e4)}}`,
    ]) {
      const { status } = await api.call("POST", "/v1/workloads", body);
      assert.equal(status, 400);
    }
    const nested = `${'{"kind":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    assert.equal((await api.call("POST", "/v1/workloads", nested)).status, 422);
  });

  it("refuses long targets and long fields", async () => {
    const target = await exchange(api.port, raw(`GET /${"a".repeat(3000)}`, [HOST, AUTH]));
    assert.match(target, /^HTTP\/1\.1 400 /);
    const field = raw("GET /healthz", [HOST, ["x-long", "a".repeat(9000)]]);
    const answer = await exchange(api.port, field);
    assert.match(answer, /^HTTP\/1\.1 431 /);
    assert.match(answer, /application\/problem\+json/);
  });

  for (const garbage of [
    "\r\n\r\n\r\n",
    "hello\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "\u0016\u0003\u0001\u0002",
    "GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
  ]) {
    it(`survives ${JSON.stringify(garbage.slice(0, 40))}`, async () => {
      assert.match(await exchange(api.port, garbage), /^(HTTP\/1\.1 400 |$)/);
      assert.equal((await api.callTcp("GET", "/healthz")).status, 200);
    });
  }

  it("refuses more streams than it has, and has one again when one ends", async () => {
    const first = await openEvents(api, "/v1/events");
    using second = await openEvents(api, "/v1/workloads/one/logs?follow=true");
    const refused = await api.call("GET", "/v1/events");
    assert.equal(refused.status, 503);
    assert.equal(refused.json.type, "https://islet.dev/problems/too-many-streams");
    assert.equal(refused.headers["retry-after"], "5");
    assert.equal(second.status, 200);
    first[Symbol.dispose]();
    for (;;) {
      using again = await openEvents(api, "/v1/events");
      if (again.status === 200) break;
    }
  });

  it("cuts a reader that is too slow, and says so", async () => {
    const socket = connect(api.socketPath);
    socket.pause();
    socket.write("GET /v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    // What the kernel takes is not bounded by us; what waits behind it is.
    while (api.host.subscribers < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await api.call("GET", "/healthz");
    const message = "x".repeat(10_000);
    for (let count = 0; count < 500; count += 1) {
      api.host.emit({ tag: "warning", message });
      if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    socket.resume();
    const received = await text(socket);
    assert.match(received, /event: cut\ndata: \{"reason":"More than 65536 bytes waited/);
    assert.ok(received.length < 500 * message.length);
  });

  it("gives a long history to a slow reader whole", async () => {
    for (let count = 0; count < 300; count += 1) api.host.log(`${count} ${"x".repeat(10_000)}`);
    using events = await openEvents(api, "/v1/workloads/one/logs?follow=true");
    for (let count = 0; count < 300; count += 1) {
      assert.equal((await events.data("log")).sequence, count);
    }
    api.host.log("later");
    assert.equal((await events.data("log")).line, "later");
  });
});
