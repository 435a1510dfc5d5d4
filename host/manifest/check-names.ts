import type { Field } from "./field.ts";
import { packageOf } from "./host-interface.ts";
import type { Report } from "./report.ts";

/** Reports names that are twice in a `WorkloadSpec` where wasmCloud allows them once. */
export function checkNames(spec: Field, report: Report): void {
  checkUnique(spec.at("components").items(), "component", report);
  checkUnique(spec.at("volumes").items(), "volume", report);
  checkUnique(spec.at("service", "ports").items(), "port", report);
  checkHostInterfaces(spec.at("hostInterfaces").items(), report);
}

function checkUnique(items: readonly Field[], what: string, report: Report): void {
  const first = new Map<string, Field>();
  for (const item of items) {
    const field = item.at("name");
    if (field.text === undefined) continue;
    const other = first.get(field.text);
    if (other === undefined) {
      first.set(field.text, item);
    } else {
      const message = `${field.path}: ${other.path} is a ${what} ${JSON.stringify(field.text)} already`;
      report.problem("duplicate", field.location, message);
    }
  }
}

/**
 * wasmCloud's rules: no two entries with the same namespace, package, name and version,
 * and at most one entry of a package without a name.
 */
function checkHostInterfaces(entries: readonly Field[], report: Report): void {
  const first = new Map<string, Field>();
  for (const entry of entries) {
    const name = entry.at("name").text ?? "";
    const called = packageOf(entry);
    if (called === undefined) continue;
    const [unversioned = called] = called.split("@");
    const key = name === "" ? unversioned : `${called} ${name}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, entry);
    } else {
      const rest = name === "" ? ", and only one may have no name" : ` under the name ${name}`;
      const message = `${entry.path}: ${other.path} is for ${unversioned} already${rest}`;
      report.problem("duplicate", entry.location, message);
    }
  }
}
