import assert from "node:assert/strict";
import { describe, it } from "mocha";
import schema from "../../../manifests/workload.schema.json" with { type: "json" };
import { load } from "./check.ts";
import { EXAMPLES } from "./field-examples.ts";

type Tree = Readonly<Record<string, unknown>>;

const WASMCLOUD = "runtime.wasmcloud.dev/v1alpha1";

/** A document of each kind. */
const DOCUMENTS: Readonly<Record<string, Tree>> = {
  Workload: {
    apiVersion: WASMCLOUD,
    kind: "Workload",
    metadata: { name: "leet" },
    spec: EXAMPLES["spec"],
  },
  WorkloadDeployment: {
    apiVersion: WASMCLOUD,
    kind: "WorkloadDeployment",
    metadata: { name: "deployed" },
    spec: {
      artifacts: EXAMPLES["replicated.spec.artifacts"],
      template: {
        spec: {
          service: {
            image: "artifact://built",
            localResources: {
              environment: { configFrom: [{ name: "map" }], secretFrom: [{ name: "secret" }] },
            },
          },
        },
      },
    },
  },
  WorkloadReplicaSet: {
    apiVersion: WASMCLOUD,
    kind: "WorkloadReplicaSet",
    metadata: { name: "replicated" },
    spec: EXAMPLES["replicated.spec"],
  },
  Artifact: {
    apiVersion: WASMCLOUD,
    kind: "Artifact",
    metadata: { name: "artifact" },
    spec: { image: "s.wasm" },
  },
  ConfigMap: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "map" },
    data: { "host-aliases": "b.localhost" },
  },
  Secret: {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "secret" },
    stringData: { SECRET: "a" },
  },
};

describe("Every field of the schema", () => {
  const seen = new Set<string>();

  it("starts from documents without a mistake", async () => {
    const { problems, workloads } = await load(toText(DOCUMENTS));
    assert.deepEqual(problems, []);
    assert.equal(workloads.length, 3);
  });

  for (const kind of Object.keys(DOCUMENTS)) {
    it(`has an effect, a notice or a refusal in a ${kind}`, async () => {
      await visit(kind, DOCUMENTS, schemaOf(`#/definitions/${kind}`), [], seen);
    }).timeout(60_000);
  }

  it("is what every example is of", () => {
    const stale = Object.keys(EXAMPLES).filter((name) => !seen.has(name));
    assert.deepEqual(stale, []);
  });
});

/** Takes each field away and puts it there, on an otherwise equal host: what a person sees must differ. */
async function visit(
  kind: string,
  documents: Readonly<Record<string, Tree>>,
  node: Tree,
  path: readonly string[],
  seen: Set<string>,
): Promise<void> {
  for (const [key, property] of Object.entries(toTree(node["properties"]))) {
    const inside = [...path, key];
    const name = nameOf(kind, inside);
    if (isForPeople(kind, name)) continue;
    const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
    assert.notEqual(example, undefined, `${name} has no example`);
    const without = await see(replace(documents, [kind, ...inside], undefined));
    const filled = replace(documents, [kind, ...inside], toExample(kind, name, example));
    const withField = await see(filled);
    seen.add(name);
    assert.notDeepEqual(withField.seen, without.seen, `${name} makes no difference`);
    // What is inside of a field that is refused as a whole is refused with it.
    if (withField.isRefused) continue;
    const child = schemaOf(property);
    const items = schemaOf(child["items"]);
    await visit(kind, filled, child, inside, seen);
    await visit(kind, filled, items, [...inside, "0"], seen);
  }
}

/** What a document of that kind keeps working with, where the example would make it one of another kind. */
function toExample(kind: string, name: string, example: unknown): unknown {
  if (name === "metadata") return DOCUMENTS[kind]?.["metadata"];
  if (name === "replicated.spec") return DOCUMENTS[kind]?.["spec"];
  if (name === "data" && kind === "Secret") return { A: "YQ==" };
  // A deployment is tested with all that its template can hold.
  return name.endsWith(".template.spec") ? EXAMPLES["spec"] : example;
}

/** Labels and annotations of documents that are only referred to are notes; nothing reads them. */
function isForPeople(kind: string, name: string): boolean {
  return (
    ["Artifact", "ConfigMap", "Secret"].includes(kind) &&
    ["metadata.labels", "metadata.annotations"].includes(name)
  );
}

function nameOf(kind: string, path: readonly string[]): string {
  const isReplicated = kind === "WorkloadDeployment" || kind === "WorkloadReplicaSet";
  const owner = { Artifact: "artifact.", ConfigMap: "", Secret: "", Workload: "" }[kind];
  const name = path.join(".").replaceAll(/\.\d+/g, "[]");
  if (!name.startsWith("spec")) return name;
  const inTemplate = name.replace(/^spec\.template\.spec/, "spec");
  const unowned = isReplicated && inTemplate === name ? `replicated.${name}` : inTemplate;
  const shared = /^spec\.(?:service|components\[\])\.((?:image|localResources).*)$/.exec(unowned);
  return shared === null ? `${owner ?? ""}${unowned}` : `guest.${shared[1]}`;
}

async function see(
  documents: Readonly<Record<string, Tree>>,
): Promise<{ readonly seen: unknown; readonly isRefused: boolean }> {
  const { workloads, notices, problems, codes } = await load(toText(documents));
  // Where things stand moves with every field.
  const values = JSON.stringify(workloads, (key, value: unknown) =>
    ["location", "origin", "origins"].includes(key) ? undefined : value,
  ).replaceAll(/islet-manifest-\w+/g, "");
  const messages = [...notices, ...problems].map((line) => line.replace(/:\d+:\d+:/, ""));
  return { seen: [values, ...messages], isRefused: codes.includes("unsupported") };
}

function toText(documents: Readonly<Record<string, Tree>>): string {
  return Object.values(documents)
    .map((document) => JSON.stringify(document))
    .join("\n---\n");
}

/** A schema with its references followed. */
function schemaOf(node: unknown): Tree {
  const reference = typeof node === "string" ? node : toTree(node)["$ref"];
  if (typeof reference !== "string") return toTree(node);
  const name = reference.split("/").at(-1) ?? "";
  return schemaOf(Object.entries(schema.definitions).find(([key]) => key === name)?.[1]);
}

/** `tree` with `value` in place of what is at `path`; undefined takes it away. */
function replace<T>(tree: T, path: readonly string[], value: unknown): T {
  const copy = structuredClone(tree);
  let parent: unknown = copy;
  for (const key of path.slice(0, -1)) parent = Reflect.get(Object(parent), key);
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(Object(parent), last);
  else Reflect.set(Object(parent), last, value);
  return copy;
}

function toTree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
