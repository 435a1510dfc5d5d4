import type { Declaration } from "./declaration.ts";
import type { Field } from "./field.ts";
import { isBuiltIn, isHttp, isWasi02, packageOf } from "./host-interface.ts";
import { parseImage } from "./image.ts";
import type { Report } from "./report.ts";
import { fieldsIn, type Scope } from "./scope.ts";

/** A field that the schema has and this version of Islet has not. */
interface Unsupported {
  readonly scope: Scope;
  /** Keys from the scope down to the field; none for the scope itself. */
  readonly field: readonly string[];
  /** What to tell of the field, found in its scope, where it asks for something that is not there; undefined where it does not. */
  readonly refuse: (field: Field, part: Field) => string | undefined;
}

/** All that is refused, so that nothing is silently ignored. What works loses its line here. */
const UNSUPPORTED: readonly Unsupported[] = [
  {
    scope: "component",
    field: ["maxConcurrency"],
    refuse: ({ integer = 1 }) =>
      integer > 1
        ? "must be 1: an instance of a WASI 0.2 component serves one call at a time (poolSize is how many instances there are)"
        : undefined,
  },
  {
    scope: "guest",
    field: ["localResources", "config"],
    refuse: ({ value }) =>
      Object.keys(value ?? {}).length > 0
        ? "is not supported by this version: wasi:config is an interface that this host does not provide"
        : undefined,
  },
  { scope: "guest", field: ["image"], refuse: refuseImage },
  { scope: "artifact", field: ["image"], refuse: refuseImage },
  {
    scope: "hostInterface",
    field: [],
    refuse: (entry) =>
      isHttp(entry) || isBuiltIn(entry) || packageOf(entry) === undefined
        ? undefined
        : `(${packageOf(entry)}) is an interface that this host does not provide`,
  },
  {
    scope: "hostInterface",
    field: ["interfaces"],
    refuse: httpInterface(
      "handler",
      "lists handler of WASI 0.3, which this host does not provide (incoming-handler of 0.2 is what it calls)",
    ),
  },
  {
    scope: "hostInterface",
    field: ["version"],
    refuse: ({ text = "0.2" }, entry) =>
      isHttp(entry) && !isWasi02(text)
        ? "must be 0.2 or one of its patches: this host does not provide other versions of wasi:http"
        : undefined,
  },
];

/** Reports every field of `declaration` that is in the table. */
export function checkSupported(declaration: Declaration, report: Report): void {
  for (const { scope, field: keys, refuse } of UNSUPPORTED) {
    for (const part of fieldsIn(scope, declaration)) {
      const field = part.at(...keys);
      const refusal = field.exists ? refuse(field, part) : undefined;
      if (refusal !== undefined) {
        report.problem("unsupported", field.keyLocation, `${field.path} ${refusal}`);
      }
    }
  }
}
function httpInterface(name: string, refusal: string): Unsupported["refuse"] {
  return (interfaces, entry) =>
    isHttp(entry) && interfaces.items().some(({ text }) => text === name) ? refusal : undefined;
}

function refuseImage({ text }: Field): string | undefined {
  if (text === undefined || text === "") return undefined;
  const image = parseImage(text);
  switch (image.tag) {
    case "url":
      return `is a URL (${image.scheme}:), and this version runs files only`;
    case "oci":
      return "is an OCI reference, and this version runs files only (a path begins with ./ or ../, or ends in .wasm)";
    case "file":
    case "artifact":
      return undefined;
  }
}
