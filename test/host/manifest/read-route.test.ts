import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, checkNotices, load, loadOne, workload } from "./check.ts";

describe("readRoute", () => {
  it("reads the host and its aliases, in lower case and each once", async () => {
    const { http } = await loadOne(
      route(
        "config: { host: Leet.LOCALHOST, host-aliases: ' localhost ,leet.localhost,127.0.0.1' }",
      ),
    );
    assert.deepEqual(http, {
      hosts: ["leet.localhost", "localhost", "127.0.0.1"],
      path: "/",
      port: undefined,
    });
  });

  it("takes an empty list of aliases for none", async () => {
    const { http } = await loadOne(route("config: { host: a, host-aliases: ' ' }"));
    assert.deepEqual(http?.hosts, ["a"]);
  });

  it("reads the host from a ConfigMap, which wins over the entry itself", async () => {
    const map =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: r }\ndata: { host: b.localhost }";
    const text = `${route("config: { host: a.localhost }, configFrom: [{ name: r }]")}\n---\n${map}`;
    const { http } = await loadOne(text);
    assert.deepEqual(http?.hosts, ["b.localhost"]);
  });

  it("leaves a workload that does not ask for a route without one", async () => {
    const { http } = await loadOne(workload("components: [{ name: c, image: c.wasm }]"));
    assert.equal(http, undefined);
  });

  const HOST = "spec.hostInterfaces[0].config.host";
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["", `m.yaml:7:7: ${HOST} is missing: it is the name that leads to the workload`],
    ["config: {}", `m.yaml:7:73: ${HOST} is missing: it is the name that leads to the workload`],
    ["config: { host: 80 }", `m.yaml:7:89: ${HOST} must be text, not 80 (put it in quotes)`],
    ["config: { host: '' }", `m.yaml:7:89: ${HOST} must be a host name, not ""`],
    [
      "config: { host: 'localhost:8000' }",
      `m.yaml:7:89: ${HOST} must be a host name, not "localhost:8000" (without the port)`,
    ],
    [
      "config: { host: 'a.*.localhost' }",
      `m.yaml:7:89: ${HOST} must be a host name, not "a.*.localhost"`,
    ],
    [
      "config: { host: a, host-aliases: 'b,c_d,,e' }",
      'm.yaml:7:106: spec.hostInterfaces[0].config.host-aliases must list host names, not "c_d"',
      'm.yaml:7:106: spec.hostInterfaces[0].config.host-aliases must list host names, not ""',
    ],
    [
      "config: { host: a, host-alias: b }",
      'm.yaml:7:92: spec.hostInterfaces[0]: wasi:http has no setting "host-alias" (did you mean "host-aliases"?)',
    ],
    [
      "configFrom: [{ name: lost }]",
      'm.yaml:7:94: spec.hostInterfaces[0].configFrom[0].name: the ConfigMap "lost" of namespace default is not in the given files',
    ],
  ];
  for (const [entry, ...problems] of cases) {
    it(`refuses a route with ${entry === "" ? "no config" : entry}`, async () => {
      await check(route(entry), ...problems);
    });
  }

  it("refuses a route with no component to answer it", async () => {
    await check(
      workload(
        "service: { image: s.wasm }\nhostInterfaces: [{ namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: a } }]",
      ),
      "m.yaml:6:20: spec.hostInterfaces[0] asks for a route, but the workload has no component to answer it, and config.port names no port of its service",
    );
  });

  it("reads wildcards in front of a name, as host and as alias", async () => {
    const { http } = await loadOne(
      route("config: { host: '*.Shop.localhost', host-aliases: '*.localhost,127.0.0.1' }"),
    );
    assert.deepEqual(http?.hosts, ["*.shop.localhost", "*.localhost", "127.0.0.1"]);
  });

  for (const [path, read] of [
    ["/", "/"],
    ["/api", "/api"],
    ["/api/v1/", "/api/v1"],
    ["/~a/b.c,d;e=f@g:h", "/~a/b.c,d;e=f@g:h"],
    ["/...", "/..."],
  ]) {
    it(`reads the path ${path}`, async () => {
      const { http } = await loadOne(route(`config: { host: a, path: '${path}' }`));
      assert.equal(http?.path, read);
    });
  }

  for (const path of [
    "",
    "api",
    "//",
    "/a//b",
    "/a/../b",
    "/.",
    "/a?b",
    "/a#b",
    "/%61",
    "/a b",
    "/*",
  ]) {
    it(`refuses the path ${JSON.stringify(path)}`, async () => {
      await check(
        route(`config: { host: a, path: '${path}' }`),
        `m.yaml:7:98: spec.hostInterfaces[0].config.path must be a path such as /api, without "." segments, escapes and a query, not ${JSON.stringify(path)}`,
      );
    });
  }

  it("refuses a path beyond all measure, and shows its beginning only", async () => {
    const { problems } = await load(route(`config: { host: a, path: '/${"a".repeat(2000)}' }`));
    assert.equal(problems.length, 1);
    assert.match(problems.join(""), /not "\/a{79}…"$/);
  });

  it("sends a route to a port of the service, by number and by name", async () => {
    assert.equal((await loadOne(toService("'3000'"))).http?.port, 3000);
    assert.equal((await loadOne(toService("web"))).http?.port, 8080);
  });

  const PORT = "spec.hostInterfaces[0].config.port";
  for (const [port, problem] of [
    ["3000", "must be text, not 3000 (put it in quotes)"],
    [
      "'0'",
      'must be the name of one of the service\'s ports, or a number from 1 to 65535, not "0"',
    ],
    [
      "'65536'",
      'must be the name of one of the service\'s ports, or a number from 1 to 65535, not "65536"',
    ],
    [
      "wen",
      'must be the name of one of the service\'s ports, or a number from 1 to 65535, not "wen" (did you mean "web"?)',
    ],
    ["dns", "must be a TCP port: dns is a UDP port"],
  ]) {
    it(`refuses the port ${port}`, async () => {
      await check(toService(port ?? ""), `m.yaml:7:98: ${PORT} ${problem}`);
    });
  }

  it("refuses a port where there is no service", async () => {
    await check(
      route("config: { host: a, port: web }"),
      `m.yaml:7:98: ${PORT} is a port of the service, and the workload has none`,
    );
  });

  it("lets workloads share a host under different paths, and names who has a path already", async () => {
    await check(`${shared("one", "/")}\n---\n${shared("two", "/api")}`);
    await check(
      `${shared("one", "/api")}\n---\n${shared("two", "/api/")}`,
      "m.yaml:15:89: spec.hostInterfaces[0].config.host: a/api leads to default/one already, at m.yaml:7:89",
    );
  });

  it("refuses a second route", async () => {
    const { problems } = await load(
      `${route("config: { host: a }")}\n    - { name: b, namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: b } }`,
    );
    assert.deepEqual(problems, [
      "m.yaml:8:7: spec.hostInterfaces[1] lists incoming-handler, as spec.hostInterfaces[0] does: a workload has one route",
    ]);
  });

  it("names the interface that was probably meant", async () => {
    await check(
      route("config: { host: a }").replace("incoming-handler", "incoming-handlers"),
      'm.yaml:7:54: spec.hostInterfaces[0].interfaces[0]: wasi:http has no interface "incoming-handlers" (did you mean "incoming-handler"?)',
    );
  });

  it("tells of entries that change nothing", async () => {
    await checkNotices(
      workload(
        [
          "components: [{ name: c, image: c.wasm }]",
          "hostInterfaces:",
          "- { namespace: wasi, package: http, name: x, interfaces: [types], config: { host: a } }",
          "- { namespace: wasi, package: clocks, version: 0.2.0, interfaces: [wall-clock] }",
        ].join("\n"),
      ),
      "m.yaml:7:39: spec.hostInterfaces[0].name has no effect: wasi:http is the same under every name",
      'm.yaml:7:79: spec.hostInterfaces[0] has no route, so its setting "host" has no effect',
      "m.yaml:8:5: spec.hostInterfaces[1] (wasi:clocks@0.2.0) has no effect: every guest has it",
    );
  });
});

/** One of several workloads of one host. */
function shared(name: string, path: string): string {
  return route(`config: { host: a, path: ${path} }`).replace("name: leet", `name: ${name}`);
}

/** A workload with a service that has ports, and a route with this port. */
function toService(port: string): string {
  return workload(
    `service: { image: s.wasm, ports: [{ name: web, port: 8080 }, { name: dns, port: 53, protocol: UDP }] }\nhostInterfaces:\n  - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: a, port: ${port} } }`,
  );
}

/** A workload whose only entry of hostInterfaces, on line 7, ends with `entry`. */
function route(entry: string): string {
  const rest = entry === "" ? "" : `, ${entry}`;
  return workload(
    `components: [{ name: c, image: c.wasm }]\nhostInterfaces:\n  - { namespace: wasi, package: http, interfaces: [incoming-handler]${rest} }`,
  );
}
