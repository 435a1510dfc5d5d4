import type { WitFunction, WitType } from "./wit-type.ts";

/** Whether a declared function takes and returns what `expected` does. */
export function sameFunction(expected: WitFunction, declared: WitFunction): boolean {
  return (
    sameTypes(expected.params, declared.params) && sameOptional(expected.result, declared.result)
  );
}

/**
 * Whether the two types are the same, member by member. `expected` is WASI's own and small, and nothing is looked at
 * that it does not have, so that a declared type costs no more, however large it is.
 */
function sameType(expected: WitType, declared: WitType): boolean {
  switch (expected.tag) {
    case "primitive":
      return declared.tag === "primitive" && declared.name === expected.name;
    case "list":
    case "option":
      return declared.tag === expected.tag && sameType(expected.type, declared.type);
    case "tuple":
      return declared.tag === "tuple" && sameTypes(expected.types, declared.types);
    case "result":
      return (
        declared.tag === "result" &&
        sameOptional(expected.ok, declared.ok) &&
        sameOptional(expected.err, declared.err)
      );
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return (
        declared.tag === expected.tag &&
        declared.members.length === expected.members.length &&
        expected.members.every(([name, type], index) => {
          const member = declared.members[index];
          return member?.[0] === name && sameOptional(type, member[1]);
        })
      );
    case "own":
    case "borrow":
      return declared.tag === expected.tag && declared.resource === expected.resource;
    case "unknown":
      return false;
  }
}

function sameTypes(expected: readonly WitType[], declared: readonly WitType[]): boolean {
  return (
    declared.length === expected.length &&
    expected.every((type, index) => sameOptional(type, declared[index]))
  );
}

function sameOptional(expected: WitType | undefined, declared: WitType | undefined): boolean {
  if (expected === undefined || declared === undefined) return expected === declared;
  return sameType(expected, declared);
}
