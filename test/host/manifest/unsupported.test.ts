import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, component, load, service, workload } from "./check.ts";

const SERVICE = "service: { image: s.wasm }\n";
const HTTP = "namespace: wasi, package: http, config: { host: a.localhost }";
const COMPONENT = "components: [{ name: c, image: c.wasm }]\n";

describe("checkSupported", () => {
  const cases: readonly (readonly [string, string, ...string[]])[] = [
    [
      "values for wasi:config",
      service("localResources: { config: { a: b } }"),
      "m.yaml:7:23: spec.service.localResources.config is not supported by this version: wasi:config is an interface that this host does not provide",
    ],
    [
      "more than one call at a time",
      component("poolSize: 1\nmaxConcurrency: 2"),
      "m.yaml:9:7: spec.components[0].maxConcurrency must be 1: an instance of a WASI 0.2 component serves one call at a time (poolSize is how many instances there are)",
    ],
    [
      "images in registries and on other machines",
      workload(
        "service: { image: 'https://example.com/s.wasm' }\ncomponents: [{ name: c, image: 'ghcr.io/acme/c:0.1.0' }]",
      ),
      "m.yaml:5:14: spec.service.image is a URL (https:), and this version runs files only",
      "m.yaml:6:27: spec.components[0].image is an OCI reference, and this version runs files only (a path begins with ./ or ../, or ends in .wasm)",
    ],
    [
      "interfaces of other packages",
      workload(
        `${SERVICE}hostInterfaces: [{ namespace: wasi, package: keyvalue, version: 0.2.0-draft, interfaces: [store] }]`,
      ),
      "m.yaml:6:20: spec.hostInterfaces[0] (wasi:keyvalue@0.2.0-draft) is an interface that this host does not provide",
    ],
    [
      "packages of WASI 0.3",
      workload(
        `${SERVICE}hostInterfaces: [{ namespace: wasi, package: sockets, version: 0.3.0, interfaces: [types] }]`,
      ),
      "m.yaml:6:20: spec.hostInterfaces[0] (wasi:sockets@0.3.0) is an interface that this host does not provide",
    ],
    [
      "HTTP of WASI 0.3",
      workload(`${COMPONENT}hostInterfaces: [{ ${HTTP}, version: 0.3.0, interfaces: [handler] }]`),
      "m.yaml:6:85: spec.hostInterfaces[0].version must be 0.2 or one of its patches: this host does not provide other versions of wasi:http",
      "m.yaml:6:101: spec.hostInterfaces[0].interfaces lists handler of WASI 0.3, which this host does not provide (incoming-handler of 0.2 is what it calls)",
    ],
  ];
  for (const [what, text, ...problems] of cases) {
    it(`refuses ${what}`, async () => {
      const { codes } = await check(text, ...problems);
      assert.deepEqual(
        codes,
        problems.map(() => "unsupported"),
      );
    });
  }

  it("accepts what asks for nothing", async () => {
    await check(
      workload(
        [
          "service:",
          "  image: s.wasm",
          "  ports: []",
          "  localResources:",
          "    volumeMounts: []",
          "    config: {}",
          "components: [{ name: c, image: c.wasm, maxConcurrency: 1 }, { name: d, image: c.wasm, maxConcurrency: 0 }]",
          "volumes: []",
          "tunnels: []",
          "hostInterfaces: []",
        ].join("\n"),
      ),
    );
  });

  it("accepts every patch of WASI 0.2", async () => {
    for (const version of ["0.2", "0.2.0", "0.2.12", "0.2.0-rc-2023-12-05"]) {
      const entry = `{ ${HTTP}, version: "${version}", interfaces: [incoming-handler, types] }`;
      const { problems } = await load(workload(`${COMPONENT}hostInterfaces: [${entry}]`));
      assert.deepEqual(problems, [], version);
    }
  });
});
