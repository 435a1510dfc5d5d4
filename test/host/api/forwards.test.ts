import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ForwardError } from "../../../host/ingress/forward/error.ts";
import { manifest, serve, type ServedApi } from "./served.ts";

const PATH = "/v1/workloads/one/forwards";

describe("the routes of forwards", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("create, list, show and delete", async () => {
    assert.deepEqual((await api.call("GET", PATH)).json, { forwards: [] });
    const created = await api.call("POST", PATH, { port: 3000, label: "web", ttl: "5s" });
    assert.equal(created.status, 201);
    assert.partialDeepStrictEqual(created.json, {
      workload: "default/one",
      label: "web",
      protocol: "tcp",
      port: 3000,
      publish: "auto",
      addresses: ["127.0.0.1:20000"],
      createdAt: "1970-01-01T00:00:00.000Z",
      expiresAt: "1970-01-01T00:00:05.000Z",
      listening: true,
      stats: { open: 0, total: 0, lastError: null },
    });
    const path = `${PATH}/${created.json.id}`;
    assert.deepEqual((await api.call("GET", path)).json, created.json);
    assert.deepEqual((await api.call("GET", PATH)).json, { forwards: [created.json] });
    assert.equal((await api.call("DELETE", path)).status, 204);
    assert.equal((await api.call("DELETE", path)).status, 404);
    assert.equal((await api.call("GET", path)).status, 404);
  });

  it("take all forms of publish, and a port by its name", async () => {
    for (const publish of ["0.0.0.0:8080-8090", "[::1]:53", "unix:/tmp/x.sock"]) {
      const body = { publish, port: "web", protocol: publish.startsWith("[") ? "udp" : "tcp" };
      const { status, json } = await api.call("POST", PATH, body);
      assert.equal(status, 201);
      assert.equal(json.publish, publish);
    }
  });

  const invalid: [string, unknown][] = [
    ["no port", {}],
    ["port 0", { port: 0 }],
    ["a port too large", { port: 65_536 }],
    ["a fraction", { port: 1.5 }],
    ["an unknown protocol", { port: 1, protocol: "sctp" }],
    ["a wrong duration", { port: 1, ttl: "soon" }],
    ["a time to which there is no date", { port: 1, ttl: "9999999999h" }],
    ["a wrong idle time", { port: 1, idleTimeout: "soon" }],
    ["no connections", { port: 1, maxConnections: 0 }],
    ["an unknown use of PROXY", { port: 1, proxyProtocol: "v3" }],
    ["a name instead of an address", { port: 1, publish: "example.com:80" }],
    ["a relative path", { port: 1, publish: "unix:x.sock" }],
    ["an unknown key", { port: 1, host: 1 }],
    ["a label too long", { port: 1, label: "x".repeat(129) }],
  ];
  for (const [name, body] of invalid) {
    it(`refuse ${name}`, async () => {
      const { status, json } = await api.call("POST", PATH, body);
      assert.equal(status, 400, JSON.stringify(json));
      assert.equal(api.host.forwards.all.length, 0);
    });
  }

  const failures: [ForwardError["code"], number, string][] = [
    ["conflict", 409, "conflict"],
    ["privileged", 403, "port-not-allowed"],
    ["blocked", 403, "port-not-allowed"],
    ["unavailable", 422, "cannot-forward"],
  ];
  for (const [code, status, type] of failures) {
    it(`answer ${status} for ${code}, with the reason`, async () => {
      api.host.forwards.failure = new ForwardError(code, "Cannot forward 127.0.0.1:1: no");
      const answer = await api.call("POST", PATH, { port: 1 });
      assert.equal(answer.status, status);
      assert.partialDeepStrictEqual(answer.json, {
        type: `https://islet.dev/problems/${type}`,
        detail: "Cannot forward 127.0.0.1:1: no",
      });
    });
  }

  it("know no forward of a workload that there is not", async () => {
    assert.equal((await api.call("GET", "/v1/workloads/none/forwards")).status, 404);
    assert.equal((await api.call("POST", "/v1/workloads/none/forwards", { port: 1 })).status, 404);
  });
});
