import { type Declaration, isWorkload, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";

/** A part of a declaration that tables of fields speak of; `guest` is the service and every component. */
export type Scope =
  | "document"
  | "spec"
  | "service"
  | "port"
  | "component"
  | "guest"
  | "hostInterface"
  | "artifact";

/** All parts of `declaration` that are such a scope. */
export function fieldsIn(scope: Scope, declaration: Declaration): Field[] {
  const { kind, root } = declaration;
  if (scope === "document") return [root];
  if (scope === "artifact") return kind === "Artifact" ? [root.at("spec")] : [];
  if (!isWorkload(declaration)) return [];
  const spec = workloadSpec(declaration);
  switch (scope) {
    case "spec":
      return [spec];
    case "service":
      return present(spec.at("service"));
    case "port":
      return spec.at("service", "ports").items();
    case "component":
      return spec.at("components").items();
    case "guest":
      return [...present(spec.at("service")), ...spec.at("components").items()];
    case "hostInterface":
      return spec.at("hostInterfaces").items();
  }
}

function present(field: Field): Field[] {
  return field.exists ? [field] : [];
}
