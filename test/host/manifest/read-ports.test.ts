import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, loadOne, service, workload } from "./check.ts";

describe("readPorts", () => {
  it("takes TCP for granted", async () => {
    const loaded = await loadOne(service("ports: [{ name: web, port: 80 }]"));
    assert.deepEqual(loaded.service?.ports, [
      { name: "web", port: 80, protocol: "tcp", publish: undefined },
    ]);
  });

  it("has one number for TCP and for UDP", async () => {
    const loaded = await loadOne(
      service("ports: [{ name: a, port: 53 }, { name: b, port: 53, protocol: UDP }]"),
    );
    assert.equal(loaded.service?.ports.length, 2);
  });

  it("keeps where a port is published, a socket by its absolute path", async () => {
    const loaded = await loadOne(
      service(
        'ports: [{ name: a, port: 1, publish: 8080 }, { name: b, port: 2, publish: "[::1]:80-90" }, { name: c, port: 3, publish: "unix:./c.sock" }]',
      ),
    );
    const [a, b, c] = loaded.service?.ports.map(({ publish }) => publish) ?? [];
    assert.deepEqual([a, b], ["8080", "[::1]:80-90"]);
    assert.match(c ?? "", /^unix:\/.*\/c\.sock$/);
  });

  it("keeps how a port is published, and nothing that is not written", async () => {
    const loaded = await loadOne(
      service(
        "ports: [{ name: a, port: 1, publish: auto, proxyProtocol: out-v1, maxConnections: 5, idleTimeout: 2m }, { name: b, port: 2 }]",
      ),
    );
    const [a, b] = loaded.service?.ports ?? [];
    assert.partialDeepStrictEqual(a, {
      proxyProtocol: "out-v1",
      maxConnections: 5,
      idleTimeout: 120_000,
    });
    assert.deepEqual(b, { name: "b", port: 2, protocol: "tcp", publish: undefined });
  });

  it("refuses a PROXY header before datagrams, and limits that are none", async () => {
    await check(
      service("ports: [{ name: a, port: 1, protocol: UDP, publish: auto, proxyProtocol: in }]"),
      "m.yaml:7:78: spec.service.ports[0].proxyProtocol: PROXY headers are of TCP only",
    );
    for (const field of ["maxConnections: 0", "idleTimeout: soon", "proxyProtocol: v3"]) {
      await assert.rejects(
        loadOne(service(`ports: [{ name: a, port: 1, publish: auto, ${field} }]`)),
      );
    }
  });

  it("refuses what is no place to publish at", async () => {
    await check(
      service('ports: [{ name: a, port: 1, publish: "example.com:80" }]'),
      'm.yaml:7:42: spec.service.ports[0].publish: "example.com:80" has no IP address: "example.com"',
    );
    await check(
      service("ports: [{ name: a, port: 1, protocol: UDP, publish: 'unix:a' }]"),
      'm.yaml:7:57: spec.service.ports[0].publish: "unix:a" is a Unix socket, which carries TCP only',
    );
    await check(
      service("ports: [{ name: a, port: 1, publish: 0 }]"),
      'm.yaml:7:42: spec.service.ports[0].publish: "0" has port 0: auto is any free port',
    );
  });

  it("refuses a number that is there twice", async () => {
    await check(
      service("ports: [{ name: a, port: 1 }, { name: b, port: 1 }]"),
      'm.yaml:7:52: spec.service.ports[1].port is 1, as that of "a" is',
    );
  });
});

describe("readReadiness", () => {
  it("waits for ten seconds by default, for nothing in particular", async () => {
    const loaded = await loadOne(service(""));
    assert.deepEqual(loaded.service?.readiness, {
      timeout: 10_000,
      port: undefined,
      http: undefined,
    });
  });

  it("refuses the name of a port that is not declared, and suggests one", async () => {
    await check(
      service("ports: [{ name: leet, port: 1 }]\nreadiness: { port: let }"),
      'm.yaml:8:24: spec.service.readiness.port is "let", which no port of the service is called (did you mean "leet"?)',
    );
  });

  it("refuses to ask a component where there is none", async () => {
    await check(
      workload("service: { image: s.wasm, readiness: { http: { path: /up } } }"),
      "m.yaml:5:48: spec.service.readiness.http asks a component, and the workload has none",
    );
  });

  it("refuses a path that is none", async () => {
    await check(
      service("readiness: { http: { path: up } }"),
      'm.yaml:7:32: spec.service.readiness.http.path must begin with / and hold visible ASCII characters only, not "up"',
    );
  });
});

describe("terminationGracePeriod", () => {
  it("is ten seconds by default", async () => {
    assert.equal((await loadOne(service(""))).terminationGracePeriod, 10_000);
    const loaded = await loadOne(
      workload("service: { image: s.wasm }\nterminationGracePeriod: 1m"),
    );
    assert.equal(loaded.terminationGracePeriod, 60_000);
  });
});
