import type { HostUse } from "./context.ts";
import { type Declaration, isWorkload, qualifiedName } from "./declaration.ts";
import type { Field } from "./field.ts";
import type { Report } from "./report.ts";

/** Reports documents of the given files that have the name of an earlier one. */
export function checkDocumentNames(declarations: readonly Declaration[], report: Report): void {
  const first = new Map<string, Field>();
  for (const declaration of declarations) {
    const field = declaration.root.at("metadata", "name");
    if (field.text === undefined) continue;
    // A deployment is known by its name, as a workload is.
    const kind = isWorkload(declaration) ? "Workload" : declaration.kind;
    const key = `${kind} ${qualifiedName(declaration)}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, field);
    } else {
      const message = `${field.path}: ${key} is declared already, at ${toPlace(other)}`;
      report.problem("duplicate", field.location, message);
    }
  }
}

/** Reports hosts that lead to more than one workload under the same path. */
export function checkHosts(uses: readonly HostUse[], report: Report): void {
  const first = new Map<string, HostUse>();
  for (const use of uses) {
    const route = use.path === "/" ? use.host : use.host + use.path;
    const other = first.get(route);
    if (other === undefined) {
      first.set(route, use);
    } else if (other.workload !== use.workload) {
      const message = `${use.field.path}: ${route} leads to ${other.workload} already, at ${toPlace(other.field)}`;
      report.problem("duplicate", use.field.location, message);
    }
  }
}

function toPlace({ location }: Field): string {
  return `${location.file}:${location.line}:${location.column}`;
}
