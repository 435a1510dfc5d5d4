import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { exchange, raw } from "./raw.ts";
import { type Answer, manifest, serve, type ServedApi, TOKEN } from "./served.ts";

describe("the gate of the API", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
    api.host.calls.length = 0;
  });
  afterEach(async () => {
    // Whatever a test sent, nothing was done.
    assert.deepEqual(api.host.calls, []);
    await api[Symbol.asyncDispose]();
  });

  /** Over the socket, and over TCP with the token. */
  function calls(): readonly ServedApi["call"][] {
    return [(...args) => api.call(...args), (...args) => api.callTcp(...args)];
  }

  describe("Host (DNS rebinding)", () => {
    const foreign = [
      "evil.example",
      "evil.example:8787",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "localhost:8787.evil.example",
      "localhost@evil.example",
      "localhost, evil.example",
      "leet.localhost",
      "localhost.",
      "2130706433",
      "0x7f000001",
      "127.1",
      "[evil.example]",
      "::1",
      "localhost:",
      "localhost:x",
      "localhost:123456",
      "local host",
      "",
    ];
    for (const host of foreign) {
      it(`refuses ${JSON.stringify(host)} on every path, with or without the token`, async () => {
        for (const path of ["/v1/workloads", "/healthz", "/openapi.json", "/nothing"]) {
          refused(await api.callTcp("GET", path, undefined, { host }), "unknown-host", 421);
          refused(await api.call("GET", path, undefined, { host }), "unknown-host", 421);
        }
      });
    }

    for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8787", "[::1]:8787"]) {
      it(`takes ${host}`, async () => {
        assert.equal((await api.callTcp("GET", "/healthz", undefined, { host })).status, 200);
        assert.equal((await api.call("GET", "/v1/workloads", undefined, { host })).status, 200);
      });
    }

    it("refuses a request without a host, with two, and with a target that names another", async () => {
      const auth = ["authorization", `Bearer ${TOKEN}`] as const;
      const local = ["host", "localhost"] as const;
      for (const request of [
        raw("GET /healthz", [auth]),
        raw("GET /healthz", [["host", "[::1"], auth]),
        raw("GET /healthz", [local, ["host", "evil.example"], auth]),
        raw("GET /healthz", [local, local, auth]),
        raw("GET http://evil.example/healthz", [local, auth]),
        raw("GET http://localhost/healthz", [local, auth]),
        raw("OPTIONS *", [local, auth]),
        "GET /healthz HTTP/1.0\r\n\r\n",
      ]) {
        assert.match(await exchange(api.port, request), /^HTTP\/1\.1 421 /, request);
      }
    });
  });

  describe("Origin (other pages in the person's browser)", () => {
    for (const origin of [
      "http://evil.example",
      "null",
      "http://localhost:3000",
      "https://localhost",
      "http://localhost.evil.example",
      "file://",
      "",
    ]) {
      it(`refuses ${JSON.stringify(origin)} whatever it asks for`, async () => {
        for (const call of calls()) {
          const post = await call("POST", "/v1/workloads/one/stop", {}, { origin });
          refused(post, "foreign-origin", 403);
          const remove = await call("DELETE", "/v1/workloads/one", undefined, { origin });
          refused(remove, "foreign-origin", 403);
          refused(await call("GET", "/v1/workloads", undefined, { origin }), "foreign-origin", 403);
        }
      });
    }

    it("takes its own", async () => {
      const origin = api.url;
      assert.equal((await api.callTcp("GET", "/v1/workloads", undefined, { origin })).status, 200);
    });

    it("answers no preflight", async () => {
      const headers = { origin: "http://evil.example", "access-control-request-method": "DELETE" };
      const answer = await api.callTcp("OPTIONS", "/v1/workloads/one", undefined, headers);
      refused(answer, "foreign-origin", 403);
    });

    for (const site of ["cross-site", "same-site", "something-new"]) {
      it(`refuses a change that a browser says is ${site}`, async () => {
        const headers = { "sec-fetch-site": site };
        const answer = await api.callTcp("POST", "/v1/workloads/one/stop", {}, headers);
        refused(answer, "foreign-origin", 403);
      });
    }
  });

  describe("content type (forms of other pages)", () => {
    for (const type of [
      undefined,
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/plain; application/json",
      "application/jsonp",
      "application/json+x",
      "",
    ]) {
      it(`refuses ${type} where something changes`, async () => {
        for (const call of calls()) {
          const headers = { "content-type": type };
          for (const path of ["/v1/workloads", "/v1/workloads/one/stop", "/nothing"]) {
            refused(await call("POST", path, "{}", headers), "not-json", 415);
          }
          refused(await call("DELETE", "/v1/workloads/one", "{}", headers), "not-json", 415);
        }
      });
    }
  });

  describe("token", () => {
    it("is needed over TCP on every path but two", async () => {
      const none = { authorization: undefined };
      for (const path of [
        "/v1/workloads",
        "/v1/events",
        "/v1/workloads/one/logs?follow=true",
        "/openapi.json",
        "/nothing",
        "/",
        "//healthz",
        "/healthz/",
        "/healthz/../v1/workloads",
        "/HEALTHZ",
        "/healthz%2f",
        "/healthz;a=b",
      ]) {
        const answer = await api.callTcp("GET", path, undefined, none);
        refused(answer, "unauthorized", 401);
        assert.equal(answer.headers["www-authenticate"], 'Bearer realm="islet"');
      }
      refused(await api.callTcp("POST", "/healthz", {}, none), "unauthorized", 401);
      refused(
        await api.callTcp("DELETE", "/v1/workloads/one", undefined, none),
        "unauthorized",
        401,
      );
      for (const path of ["/healthz", "/readyz", "/healthz?x=1"]) {
        assert.equal((await api.callTcp("GET", path, undefined, none)).status, 200);
      }
    });

    for (const [title, authorization] of Object.entries({
      "another token": `Bearer ${TOKEN}x`,
      "the token less its end": `Bearer ${TOKEN.slice(0, -1)}`,
      "nothing behind the scheme": "Bearer",
      "an empty token": "Bearer  ",
      "another scheme": `Basic ${TOKEN}`,
      "no scheme": TOKEN,
      "two tokens": `Bearer ${TOKEN} ${TOKEN}`,
      "a long token": `Bearer ${"a".repeat(4000)}`,
    })) {
      it(`is not ${title}`, async () => {
        const answer = await api.callTcp("GET", "/v1/workloads", undefined, { authorization });
        refused(answer, "unauthorized", 401);
        assert.ok(!answer.text.includes(TOKEN));
      });
    }

    it("is not taken from anywhere but its field", async () => {
      const none = { authorization: undefined, cookie: `token=${TOKEN}` };
      const answer = await api.callTcp("GET", `/v1/workloads?token=${TOKEN}`, undefined, none);
      refused(answer, "unauthorized", 401);
    });

    it("is taken whatever the case of its scheme", async () => {
      const headers = { authorization: `bearer ${TOKEN}` };
      assert.equal((await api.callTcp("GET", "/v1/workloads", undefined, headers)).status, 200);
    });
  });

  it("keeps guests away from its port", () => {
    assert.deepEqual(api.host.ownPorts, [`tcp ${api.port}`]);
  });
});

function refused({ status, json, headers }: Answer, code: string, expected: number): void {
  assert.equal(status, expected, JSON.stringify(json));
  assert.equal(json.type, `https://islet.dev/problems/${code}`);
  assert.equal(headers["content-type"], "application/problem+json");
  assert.equal(headers["access-control-allow-origin"], undefined);
}
