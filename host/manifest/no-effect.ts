import { type Declaration, isReplicated } from "./declaration.ts";
import type { Value } from "./document.ts";
import type { Field } from "./field.ts";
import type { Report } from "./report.ts";
import { fieldsIn, type Scope } from "./scope.ts";

/** Tells of every field that is accepted for the sake of manifests that clusters read, and does nothing here. */
export function noteFieldsWithoutEffect(declaration: Declaration, report: Report): void {
  for (const { scope, fields } of FOR_CLUSTERS) {
    for (const part of fieldsIn(scope, declaration)) {
      for (const keys of fields) note(part.at(...keys.split(".")), report);
    }
  }
  if (isReplicated(declaration.kind)) {
    for (const key of ["kubernetes", "deployPolicy"]) {
      note(declaration.root.at("spec", key), report);
    }
  }
}

const FOR_CLUSTERS: readonly { readonly scope: Scope; readonly fields: readonly string[] }[] = [
  {
    scope: "document",
    fields: [
      "status",
      "immutable",
      "type",
      "metadata.uid",
      "metadata.resourceVersion",
      "metadata.selfLink",
      "metadata.generateName",
      "metadata.creationTimestamp",
      "metadata.deletionTimestamp",
      "metadata.generation",
      "metadata.deletionGracePeriodSeconds",
      "metadata.finalizers",
      "metadata.ownerReferences",
      "metadata.managedFields",
    ],
  },
  { scope: "spec", fields: ["hostSelector", "hostId", "environment", "kubernetes"] },
  { scope: "guest", fields: ["imagePullSecret", "imagePullPolicy"] },
  { scope: "artifact", fields: ["imagePullSecret"] },
];

function note(field: Field, report: Report): void {
  // Tools write `creationTimestamp: null` and `status: {}` into what they generate.
  if (field.exists && !isEmpty(field.value)) {
    report.notice(field.keyLocation, `${field.path} has no effect on a single host`);
  }
}

function isEmpty(value: Value | undefined): boolean {
  return typeof value === "object" && Object.keys(value ?? {}).length === 0;
}
