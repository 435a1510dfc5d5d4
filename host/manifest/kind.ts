import type { Field } from "./field.ts";
import { didYouMean, nearest } from "./nearest.ts";
import type { Report } from "./report.ts";

/** The kinds of document that Islet reads. */
export type Kind =
  | "Workload"
  | "WorkloadDeployment"
  | "WorkloadReplicaSet"
  | "Artifact"
  | "ConfigMap"
  | "Secret";

/** wasmCloud's API version, the one of workloads and artifacts. */
const WASMCLOUD_VERSION = "runtime.wasmcloud.dev/v1alpha1";

/**
 * The kind of a document; undefined where Islet does not read it.
 * Other kinds of Kubernetes are named in a notice; a document that was meant to be one of ours, but is not, is a problem.
 */
export function readKind(root: Field, report: Report): Kind | undefined {
  if (!root.isMap) {
    report.problem("wrong-type", root.location, "The document must be a map");
    return undefined;
  }
  const version = readText(root, "apiVersion", report);
  const kind = readText(root, "kind", report);
  if (version === undefined || kind === undefined) return undefined;
  if (isCore(kind) && version === "v1") return kind;
  if (isWasmCloud(kind) && version === WASMCLOUD_VERSION) return kind;
  // The core API, whose versions have no group, has no such kind: the group was left out.
  if (isWasmCloud(kind) && (isMeantAsWasmCloud(version) || !version.includes("/"))) {
    const field = root.at("apiVersion");
    const message = `apiVersion must be ${WASMCLOUD_VERSION} for a ${kind}, not ${JSON.stringify(version)}`;
    report.problem("bad-value", field.location, message);
    return undefined;
  }
  if (kind !== HOST && isMeantAsWasmCloud(version)) {
    const message = `kind ${JSON.stringify(kind)} is unknown${didYouMean(kind, KNOWN)}`;
    report.problem("bad-value", root.at("kind").location, message);
    return undefined;
  }
  const name = root.at("metadata", "name").text;
  const called = name === undefined ? kind : `${kind} ${JSON.stringify(name)}`;
  report.notice(root.location, `${called} (${version}) is not for Islet and was skipped`);
  return undefined;
}

// What a cluster knows of its hosts; a single host has no use for it.
const HOST = "Host";

const WASMCLOUD_KINDS = [
  "Workload",
  "WorkloadDeployment",
  "WorkloadReplicaSet",
  "Artifact",
] as const;
const CORE_KINDS = ["ConfigMap", "Secret"] as const;
const KNOWN: readonly string[] = [...WASMCLOUD_KINDS, ...CORE_KINDS];

function isWasmCloud(kind: string): kind is (typeof WASMCLOUD_KINDS)[number] {
  return WASMCLOUD_KINDS.some((known) => known === kind);
}

function isCore(kind: string): kind is (typeof CORE_KINDS)[number] {
  return CORE_KINDS.some((known) => known === kind);
}

/** Tells a slip of the pen, and a later version, from the `Workload` of some other project. */
function isMeantAsWasmCloud(version: string): boolean {
  const [group = ""] = WASMCLOUD_VERSION.split("/");
  return version.startsWith(`${group}/`) || nearest(version, [WASMCLOUD_VERSION]) !== undefined;
}

function readText(root: Field, key: string, report: Report): string | undefined {
  const field = root.at(key);
  if (!field.exists) {
    report.problem("missing-key", root.location, `${key} is missing`);
  } else if (field.text === undefined) {
    report.problem("wrong-type", field.location, `${key} must be text`);
  }
  return field.text;
}
