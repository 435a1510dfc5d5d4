import { missingImports } from "./interfaces.ts";
import { describeFunction } from "./wit/describe-type.ts";
import { sameFunction } from "./wit/match-type.ts";
import { WASI } from "./wasi.ts";
import { borrow, type WitFunction, type WitInterface } from "./wit/wit-type.ts";

/** What a component declares of something that it imports, as its binary has it. */
export interface ImportedInterface {
  /** `wasi:io/poll@0.2.12`. */
  readonly name: string;
  /** False for what is no interface, whatever its name is, or one of a type that nothing is known of. */
  readonly isInterface: boolean;
  /** By names like `[method]pollable.ready`, `[constructor]fields` or `poll`. */
  readonly functions: ReadonlyMap<string, WitFunction>;
  /** The resources that are the interface's own: `pollable`. */
  readonly resources: readonly string[];
  /** What it has besides, an interface in it for one. */
  readonly others: readonly string[];
}

/**
 * Says what of `imported` is not as WASI 0.2 has it, a sentence without a full stop each, in the component's order:
 * names that it does not have, and functions with other types. Interfaces that the host does not have at all, or not in
 * that version, are left out; `missingImports` says which.
 *
 * Glue is made of what a component declares. With names of its own choice it could reach what the host keeps for itself
 * in its objects, and with types of its own choice hand any value to functions that count on others, or mix up the
 * tables of its handles.
 */
export function describeForeign(imported: readonly ImportedInterface[]): string[] {
  return imported.flatMap(({ name, isInterface, functions, resources, others }) => {
    const path = name.replace(/@.*$/, "");
    const known = WASI.get(path);
    if (known === undefined || missingImports([name]).length > 0) return [];
    if (!isInterface) return [`The component imports ${name} as something else than WASI has it`];
    const members = membersOf(path, known);
    const absent = [...resources.filter((resource) => !members.resources.has(resource)), ...others];
    return [
      ...absent.map((member) => describeAbsent(name, member)),
      ...[...functions].flatMap(([member, declared]) => {
        const expected = members.functions.get(member);
        if (expected === undefined) return [describeAbsent(name, member)];
        if (sameFunction(expected, declared)) return [];
        const types = `${describeFunction(declared)}, in WASI it is ${describeFunction(expected)}`;
        return [`The component declares ${member} of ${name} as ${types}`];
      }),
    ];
  });
}

interface Members {
  readonly functions: ReadonlyMap<string, WitFunction>;
  readonly resources: ReadonlySet<string>;
}

/** All of an interface by the names that the binary of a component has, methods with their receivers. */
function membersOf(path: string, { functions = {}, resources = {} }: WitInterface): Members {
  const found = new Map(Object.entries(functions));
  for (const [resource, members] of Object.entries(resources)) {
    for (const [name, { kind, params, result }] of Object.entries(members)) {
      if (kind === "constructor") found.set(`[constructor]${resource}`, { params, result });
      else if (kind === "static") found.set(`[static]${resource}.${name}`, { params, result });
      else {
        const self = borrow(`${path}/${resource}`);
        found.set(`[method]${resource}.${name}`, { params: [self, ...params], result });
      }
    }
  }
  return { functions: found, resources: new Set(Object.keys(resources)) };
}

function describeAbsent(name: string, member: string): string {
  return `The component imports ${member} of ${name}, which the host does not have`;
}
