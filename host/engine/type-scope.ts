import type { WitFunction, WitType } from "../wasi/wit/wit-type.ts";
import { EngineError } from "./error.ts";

/** What an index of the type space stands for, as far as functions of WASI can have it in their types. */
export type Definition =
  | { readonly tag: "value"; readonly type: WitType }
  | { readonly tag: "function"; readonly type: WitFunction }
  /** Its name is that of the interface which has it, without version, and its own: `wasi:io/poll/pollable`. */
  | { readonly tag: "resource"; readonly name: string }
  /** The type of an instance, which starts at byte `at`; its indices count on in `scope`. */
  | { readonly tag: "instance"; readonly at: number; readonly scope: TypeScope }
  | { readonly tag: "other" };

/** The index spaces of a component, or of the type of one or of an instance, as far as they have been read. */
export interface TypeScope {
  readonly types: Definition[];
  /** What each instance exports of types, by name; undefined where that is not known. */
  readonly instances: (ReadonlyMap<string, Definition> | undefined)[];
  readonly outer: TypeScope | undefined;
  /** How many bytes may still be read, in all scopes together. */
  readonly budget: { bytes: number };
}

/** Stands for whatever is not known: no type of WASI is the same. */
export const OTHER: Definition = { tag: "other" };

/** The type with the index `index`. */
export function typeAt({ types }: TypeScope, index: number): Definition {
  return types[index] ?? OTHER;
}

/** The function with the type `index`. */
export function functionAt(scope: TypeScope, index: number): WitFunction {
  const found = typeAt(scope, index);
  return found.tag === "function" ? found.type : UNKNOWN_FUNCTION;
}

const UNKNOWN_FUNCTION: WitFunction = {
  params: [{ tag: "unknown", what: "unknown" }],
  result: undefined,
};

/** Types in types in types: no validator lets more through. */
const DEPTH_MAX = 100;

/** Of types, each time that one is read: the thread that reads them serves others. All of WASI takes 40 KiB. */
const BYTES_MAX = 512 * 2 ** 10;

/** A scope with nothing in it yet, within `outer` or of a component. Throws `EngineError` where scopes are too deep. */
export function createScope(outer?: TypeScope): TypeScope {
  const scope: TypeScope = {
    types: [],
    instances: [],
    outer,
    budget: outer?.budget ?? { bytes: BYTES_MAX },
  };
  if (outerScope(scope, DEPTH_MAX) !== undefined) {
    throw new EngineError("unsupported", `Types of more than ${DEPTH_MAX} levels are not known`);
  }
  return scope;
}

/** The scope that is `count` levels up; undefined where there is none. */
export function outerScope(scope: TypeScope, count: number): TypeScope | undefined {
  let found: TypeScope | undefined = scope;
  for (let left = Math.min(count, DEPTH_MAX); 0 < left; left--) found = found?.outer;
  return found;
}

/** Counts bytes that are read. Throws `EngineError` where they are too many. */
export function spend({ budget }: TypeScope, bytes: number): void {
  budget.bytes -= bytes;
  if (budget.bytes >= 0) return;
  throw new EngineError("too-large", `Types of the component take more than ${BYTES_MAX} bytes`);
}
