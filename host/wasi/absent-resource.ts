import { CABI_DISPOSE } from "./resource.ts";

/**
 * The class of a resource that no guest can ever hold, because nothing here creates one.
 * A component that mentions the type needs the class and each method it uses in order to be instantiated.
 */
export interface AbsentResource {
  new (): object;
  [CABI_DISPOSE](): never;
}

/** Makes such a class; a call of any of its `methods` is a bug, which traps the guest with `reason`. */
export function createAbsentResource(
  name: string,
  methods: readonly string[],
  reason: string,
): AbsentResource {
  const trap = (): never => {
    throw new TypeError(`Cannot use ${name}: ${reason}`);
  };
  class Absent {
    static [CABI_DISPOSE](): never {
      return trap();
    }
    constructor() {
      trap();
    }
    [Symbol.dispose](): never {
      return trap();
    }
  }
  for (const method of methods) {
    // A function for each, so that a stack trace names the one that was called.
    Object.defineProperty(Absent.prototype, method, { value: { [method]: () => trap() }[method] });
  }
  return Absent;
}
