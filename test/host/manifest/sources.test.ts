import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, checkNotices, load, loadOne, service, workload } from "./check.ts";

const BOTH =
  "localResources: { environment: { config: { A: own, B: own, C: own }, configFrom: [{ name: settings }, { name: more }], secretFrom: [{ name: keys }] } }";

describe("Sources", () => {
  it("merges config, then ConfigMaps, then Secrets, of any of the files", async () => {
    const { service: loaded } = await loadOne({
      "a.yaml": service(BOTH),
      "b.yaml": [
        configMap("settings", "data: { B: settings, C: settings, D: settings, E: settings }"),
        configMap("more", `binaryData: { E: ${base64("more")} }`),
      ].join("\n---\n"),
      "c.json": JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys" },
        data: { C: base64("keys"), F: base64("grüße\n"), G: base64("data") },
        stringData: { G: "text" },
      }),
    });
    assert.deepEqual(loaded?.environment, {
      A: "own",
      B: "settings",
      C: "keys",
      D: "settings",
      E: "more",
      F: "grüße\n",
      G: "text",
    });
  });

  const FROM =
    "localResources: { environment: { configFrom: [{ name: x }], secretFrom: [{ name: x }] } }";
  const PATH = "spec.service.localResources.environment";

  it("tells of what is missing, and does not look in other namespaces or kinds", async () => {
    const elsewhere = configMap("x", "").replace("name: x", "name: x, namespace: other");
    const { codes } = await check(
      `${service(FROM)}\n---\n${elsewhere}`,
      `m.yaml:7:59: ${PATH}.configFrom[0].name: the ConfigMap "x" of namespace default is not in the given files`,
      `m.yaml:7:86: ${PATH}.secretFrom[0].name: the Secret "x" of namespace default is not in the given files`,
    );
    assert.deepEqual(codes, ["unresolved", "unresolved"]);
  });

  it("finds a document with a mistake all the same", async () => {
    const secret = configMap("x", "").replace("ConfigMap", "Secret");
    await check(
      { "a.yaml": `${service(FROM)}\n---\n${secret}`, "b.yaml": configMap("x", "data: { A: 1 }") },
      "b.yaml:4:12: data.A must be text, not 1 (put it in quotes)",
    );
  });

  it("refuses values that are not base64 or not text, without telling them", async () => {
    for (const value of ["hunter2!", "aGk", "aGk=aGk=", "' aGk='"]) {
      await check(useSecret(value), "m.yaml:12:12: data.A must be base64");
    }
    await check(useSecret("/w=="), "m.yaml:12:12: data.A must be UTF-8 text in base64");
  });

  it("refuses a second document of one name", async () => {
    const { problems } = await load({
      "a.yaml": `${service(FROM.replace(", secretFrom: [{ name: x }]", ""))}\n---\n${configMap("x", "")}`,
      "b.yaml": configMap("x", ""),
    });
    assert.deepEqual(problems, [
      "b.yaml:3:19: metadata.name: ConfigMap default/x is declared already, at a.yaml:11:19",
    ]);
  });

  it("tells of documents that nothing uses", async () => {
    await checkNotices(
      [workload("service: { image: s.wasm }"), configMap("x", ""), artifact("y", "s.wasm")].join(
        "\n---\n",
      ),
      "m.yaml:7:1: ConfigMap default/x is not used by any workload",
      "m.yaml:12:1: Artifact default/y is not used by any workload",
    );
  });

  it("resolves artifacts, relative to the manifest that declares them", async () => {
    const { service: loaded } = await loadOne({
      "a.yaml": deployment("artifact://svc", "{ name: svc, artifactFrom: { name: built } }"),
      "d/b.yaml": artifact("built", "./x.wasm"),
      "d/x.wasm": "",
    });
    assert.match(String(loaded?.image), /\/d\/x\.wasm$/);
    assert.equal(loaded?.location.file, "a.yaml");
  });

  const IMAGE = "spec.template.spec.service.image";
  const entry = "{ name: svc, artifactFrom: { name: built } }";
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "a name that spec.artifacts does not have",
      deployment("artifact://svx", entry),
      `m.yaml:6:41: ${IMAGE}: spec.artifacts has no entry "svx" (did you mean "svc"?)`,
    ],
    [
      "an Artifact that is not there",
      deployment("artifact://svc", entry),
      'm.yaml:5:50: spec.artifacts[0].artifactFrom.name: the Artifact "built" of namespace default is not in the given files',
    ],
    [
      "an Artifact of a registry",
      `${deployment("artifact://svc", entry)}\n---\n${artifact("built", "ghcr.io/a/b:1")}`,
      "m.yaml:11:9: spec.image is an OCI reference, and this version runs files only (a path begins with ./ or ../, or ends in .wasm)",
    ],
    [
      "an Artifact of an Artifact",
      `${deployment("artifact://svc", entry)}\n---\n${artifact("built", "artifact://svc")}`,
      "m.yaml:11:16: spec.image must be a file, not another artifact",
    ],
    [
      "a missing file, where the Artifact names it",
      `${deployment("artifact://svc", entry)}\n---\n${artifact("built", "./lost.wasm")}`,
      "m.yaml:11:16: spec.image: ./lost.wasm does not exist (looked for in .)",
    ],
    [
      "an artifact in a Workload",
      workload('service: { image: "artifact://svc" }'),
      "m.yaml:5:21: spec.service.image: only a WorkloadDeployment has artifacts, not a Workload",
    ],
  ];
  for (const [what, text, problem] of cases) {
    it(`refuses ${what}`, async () => {
      await check(text, problem);
    });
  }
});

function useSecret(value: string): string {
  const secret = configMap("keys", `data: { A: ${value} }`).replace("ConfigMap", "Secret");
  return `${service("localResources: { environment: { secretFrom: [{ name: keys }] } }")}\n---\n${secret}`;
}

function configMap(name: string, rest: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n${rest}`;
}

function artifact(name: string, image: string): string {
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1\nkind: Artifact\nmetadata: { name: ${name} }\nspec: { image: "${image}" }`;
}

function deployment(image: string, artifacts: string): string {
  return [
    "apiVersion: runtime.wasmcloud.dev/v1alpha1",
    "kind: WorkloadDeployment",
    "metadata: { name: leet }",
    "spec:",
    `  artifacts: [${artifacts}]`,
    `  template: { spec: { service: { image: "${image}" } } }`,
  ].join("\n");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
