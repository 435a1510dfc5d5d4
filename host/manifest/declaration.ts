import type { Field } from "./field.ts";
import type { Kind } from "./kind.ts";

/** A document that Islet reads, checked against the schema but not yet understood. */
export interface Declaration {
  readonly kind: Kind;
  readonly root: Field;
}

/** Whether a declaration is of one or more workloads. */
export function isWorkload({ kind }: Declaration): boolean {
  return kind === "Workload" || isReplicated(kind);
}

/** What the workloads of a declaration are made of: its `WorkloadSpec`. */
export function workloadSpec({ kind, root }: Declaration): Field {
  return isReplicated(kind) ? root.at("spec", "template", "spec") : root.at("spec");
}

/** `metadata.namespace`, or Kubernetes' default. */
export function namespaceOf({ root }: Declaration): string {
  return root.at("metadata", "namespace").text ?? "default";
}

/** `namespace/name`, which is one of its kind. */
export function qualifiedName(declaration: Declaration): string {
  return `${namespaceOf(declaration)}/${declaration.root.at("metadata", "name").text ?? ""}`;
}

/** Whether documents of a kind have a template and a number of replicas. */
export function isReplicated(kind: Kind): boolean {
  return kind === "WorkloadDeployment" || kind === "WorkloadReplicaSet";
}
