import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { TunnelDeclaration } from "../../../host/manifest/tunnel.ts";
import { load } from "./check.ts";

const SECRETS = `
---
apiVersion: v1
kind: Secret
metadata: { name: one }
stringData: { token: hunter2 }
---
apiVersion: v1
kind: Secret
metadata: { name: two }
stringData: { a: x, b: y }
`;

function manifest(tunnel: string, spec = ""): string {
  return [
    "apiVersion: runtime.wasmcloud.dev/v1alpha1",
    "kind: Workload",
    "metadata: { name: leet }",
    "spec:",
    spec === ""
      ? "  service: { image: s.wasm, ports: [{ name: web, port: 8080 }, { name: dns, port: 53, protocol: UDP }] }"
      : spec,
    `  tunnels: [${tunnel}]`,
    SECRETS,
  ].join("\n");
}

async function read(tunnel: string): Promise<TunnelDeclaration | undefined> {
  const { workloads, problems } = await load(manifest(tunnel));
  assert.deepEqual(problems, []);
  return workloads[0]?.tunnels[0];
}

describe("readTunnels", () => {
  it("fills in what is not said", async () => {
    const tunnel = await read("{ port: 80 }");
    assert.equal(tunnel?.port, 80);
    assert.equal(tunnel.to, undefined);
    assert.equal(tunnel.remotePort, undefined);
    assert.equal(tunnel.secret, undefined);
    assert.equal(tunnel.link, false);
  });

  it("takes the name of a port", async () => {
    assert.equal((await read("{ port: web }"))?.port, 8080);
  });

  it("takes a secret from a Secret, by its key or as the only one", async () => {
    const text = { tag: "text", text: "hunter2" };
    assert.deepEqual((await read("{ port: 80, secretFrom: { name: one } }"))?.secret, text);
    const keyed = await read("{ port: 80, secretFrom: { name: two, key: b } }");
    assert.deepEqual(keyed?.secret, { tag: "text", text: "y" });
  });

  it("takes quantities", async () => {
    const tunnel = await read(
      "{ port: 80, expires: 2h, bandwidth: 1Mi, maxConnections: 7, remotePort: 4000 }",
    );
    assert.equal(tunnel?.expires, 7_200_000);
    assert.equal(tunnel.bandwidth, 1 << 20);
    assert.equal(tunnel.maxConnections, 7);
    assert.equal(tunnel.remotePort, 4000);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [
      "a port that no service has",
      "{ port: wep }",
      /no TCP port .* is called \(did you mean "web"\?\)/,
    ],
    ["a UDP port", "{ port: dns }", /no TCP port of the service is called/],
    ["no port", "{ to: bore.pub }", /port/],
    ["a host", "{ port: 80, host: 127.0.0.1 }", /host is unknown/],
    ["a secret in plain", "{ port: 80, secret: hunter2 }", /secret is unknown/],
    ["a server that is none", '{ port: 80, to: "http://x" }', /must be HOST/],
    [
      "two secrets",
      "{ port: 80, secretFrom: { name: one }, secretFile: x }",
      /one of them is enough/,
    ],
    ["a Secret that is not there", "{ port: 80, secretFrom: { name: none } }", /not in the given/],
    ["a Secret of several", "{ port: 80, secretFrom: { name: two } }", /must say which key/],
    ["a key that is not there", "{ port: 80, secretFrom: { name: two, key: c } }", /does not have/],
    [
      "a name without a password",
      "{ port: 80, access: { basic: { username: a } } }",
      /must have passw/,
    ],
    ["too little bandwidth", "{ port: 80, bandwidth: 0Ki }", /at least 1Ki/],
    ["no time at all", "{ port: 80, expires: 0s }", /at least 1s/],
    ["an odd range", '{ port: 80, access: { from: ["x"] } }', /address or a range/],
  ];
  for (const [what, tunnel, message] of wrong) {
    it(`refuses ${what}`, async () => {
      const { problems } = await load(manifest(tunnel));
      assert.match(problems.join("\n"), message);
      assert.doesNotMatch(problems.join("\n"), /hunter2/);
    });
  }

  it("refuses tunnels of a workload without a service", async () => {
    const spec = "  components: [{ name: c, image: c.wasm }]";
    const { problems } = await load(manifest("{ port: 80 }", spec));
    assert.match(problems.join("\n"), /leads to a port of the service, and the workload has none/);
  });
});
