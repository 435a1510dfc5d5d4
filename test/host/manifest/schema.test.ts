import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { describe, it } from "mocha";
import schema from "../../../manifests/workload.schema.json" with { type: "json" };
import { check, component, service, workload } from "./check.ts";

describe("manifests/workload.schema.json", () => {
  it("is a schema that ajv takes as a whole in strict mode", () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    ajv.addVocabulary(["patternErrorMessage"]);
    assert.equal(typeof ajv.compile(schema), "function");
  });

  it("gives every field a title and a description, for editors", () => {
    const bare: string[] = [];
    visit(schema, "", (node, path) => {
      for (const [key, field] of Object.entries(toRecord(node["properties"]))) {
        const reference = toRecord(field)["$ref"];
        const name = typeof reference === "string" ? reference.split("/").at(-1) : undefined;
        const described = {
          ...toRecord(toRecord(schema.definitions)[name ?? ""]),
          ...toRecord(field),
        };
        // The conditions on `kind` only tell the kinds apart.
        const isCondition = path.includes("/if");
        if (!isCondition && !(described["title"] && described["description"])) {
          bare.push(`${path}/${key}`);
        }
      }
    });
    assert.deepEqual(bare, []);
  });

  it("says in words what each pattern asks for", () => {
    visit(schema, "", (node, path) => {
      if ("pattern" in node) assert.equal(typeof node["patternErrorMessage"], "string", path);
    });
  });
});

describe("checkSchema", () => {
  const at = "m.yaml";
  const cases: readonly (readonly [string, string, ...string[]])[] = [
    [
      "an unknown key",
      service("port: 1"),
      `${at}:7:5: spec.service.port is unknown (did you mean "ports"?)`,
    ],
    [
      "an unknown key like no other",
      service("zebra: 1"),
      `${at}:7:5: spec.service.zebra is unknown`,
    ],
    [
      "a key of another letter case",
      component("poolsize: 1"),
      `${at}:8:7: spec.components[0].poolsize is unknown (did you mean "poolSize"?)`,
    ],
    [
      "the beginning of a key",
      component("pool: 1"),
      `${at}:8:7: spec.components[0].pool is unknown (did you mean "poolSize"?)`,
    ],
    [
      "text for a number",
      service("maxRestarts: '5'"),
      `${at}:7:18: spec.service.maxRestarts must be a whole number, not text`,
    ],
    [
      "a fraction for a whole number",
      service("maxRestarts: 1.5"),
      `${at}:7:18: spec.service.maxRestarts must be a whole number, not 1.5`,
    ],
    [
      "no number",
      service("maxRestarts: .nan"),
      `${at}:7:18: spec.service.maxRestarts must be a whole number, not NaN`,
    ],
    [
      "nothing for a number, at its key",
      service("maxRestarts:"),
      `${at}:7:5: spec.service.maxRestarts must be a whole number, but it is empty`,
    ],
    [
      "a number for text",
      service("args: [--port, 80, true]"),
      `${at}:7:20: spec.service.args[1] must be text, not 80 (put it in quotes)`,
      `${at}:7:24: spec.service.args[2] must be text, not true (put it in quotes)`,
    ],
    [
      "a map for text",
      service("args: [{}]"),
      `${at}:7:12: spec.service.args[0] must be text, not a map`,
    ],
    [
      "text for a list",
      service("args: --port 80"),
      `${at}:7:11: spec.service.args must be a list, not text`,
    ],
    [
      "a list for a map",
      workload("service: []"),
      `${at}:5:12: spec.service must be a map, not a list`,
    ],
    [
      "a number that is too small",
      service("maxRestarts: -1"),
      `${at}:7:18: spec.service.maxRestarts must be 0 or more, not -1`,
    ],
    [
      "a number that is too large",
      service("maxRestarts: 9007199254740993"),
      `${at}:7:18: spec.service.maxRestarts must be at most 2147483647, not 9007199254740992`,
    ],
    [
      "a word that is none of those allowed",
      service("restart: { policy: sometimes }\nmaxRestarts: 1"),
      `${at}:7:24: spec.service.restart.policy must be on-failure, always or never, not "sometimes"`,
    ],
    [
      "a number where words are listed, once",
      service("imagePullPolicy: 1"),
      `${at}:7:22: spec.service.imagePullPolicy must be text, not 1 (put it in quotes)`,
    ],
    [
      "a pattern that is not met, in words",
      component("timeout: 5"),
      `${at}:8:16: spec.components[0].timeout must be text, not 5 (put it in quotes)`,
    ],
    [
      "a name that is no name",
      workload("service: { image: s.wasm }", "Leet_1"),
      `${at}:3:19: metadata.name must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends, not "Leet_1"`,
    ],
    [
      "a name that is too long, without it",
      workload("service: { image: s.wasm }", "a".repeat(254)),
      `${at}:3:19: metadata.name must have at most 253 characters`,
    ],
    [
      "an empty list",
      workload(
        "service: { image: s.wasm }\nhostInterfaces: [{ namespace: wasi, package: http, interfaces: [] }]",
      ),
      `${at}:6:66: spec.hostInterfaces[0].interfaces must not be an empty list`,
    ],
    [
      "a missing key, at what should hold it",
      workload("service: { maxRestarts: 1 }"),
      `${at}:5:3: spec.service.image is missing`,
    ],
    [
      "an empty value",
      workload("service: { image: '' }"),
      `${at}:5:21: spec.service.image must not be empty`,
    ],
    [
      "a label that is none",
      workload("service: { image: s.wasm }").replace(
        "{ name: leet }",
        "{ name: leet, labels: { 'a b': x, ok: 'a b', app.kubernetes.io/name: 1 } }",
      ),
      `${at}:3:35: metadata.labels["a b"] is not a label name: letters, digits, "-", "_" and ".", after a DNS name and "/" if need be`,
      `${at}:3:49: metadata.labels.ok must be letters, digits, "-", "_" and ".", with a letter or digit at both ends, not "a b"`,
      `${at}:3:80: metadata.labels["app.kubernetes.io/name"] must be text, not 1 (put it in quotes)`,
    ],
    [
      "a bad name of an environment variable",
      service("localResources: { environment: { config: { '': a, B=C: d } } }"),
      `${at}:7:48: spec.service.localResources.environment.config[""] is not the name of an environment variable: it must not be empty or contain "="`,
      `${at}:7:55: spec.service.localResources.environment.config["B=C"] is not the name of an environment variable: it must not be empty or contain "="`,
    ],
    [
      "more host interfaces than wasmCloud allows",
      workload(
        `service: { image: s.wasm }\nhostInterfaces: [${Array.from({ length: 65 }, (_, index) => `{ namespace: wasi, package: io, name: n${index}, interfaces: [poll] }`).join(", ")}]`,
      ),
      `${at}:6:19: spec.hostInterfaces must have at most 64 entries, not 65`,
    ],
    [
      "no spec and no metadata",
      "apiVersion: runtime.wasmcloud.dev/v1alpha1\nkind: Workload",
      `${at}:1:1: metadata is missing`,
      `${at}:1:1: spec is missing`,
    ],
  ];
  for (const [what, text, ...problems] of cases) {
    it(`tells of ${what}`, async () => {
      await check(text, ...problems);
    });
  }
});

function visit(
  node: unknown,
  path: string,
  see: (node: Readonly<Record<string, unknown>>, path: string) => void,
): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) see(toRecord(node), path);
  for (const [key, child] of Object.entries(node)) visit(child, `${path}/${key}`, see);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
