import { CABI_LOWER } from "./cabi.ts";
import { CABI_DISPOSE, CABI_REP, Resource, resourceByRep } from "./resource.ts";

/** What a binding has beyond the class's methods; functions keep their fast paths. */
export interface BindingOptions {
  /** Makes the resource where the guest calls the WIT constructor; without it there is none. */
  readonly construct?: ((...args: never[]) => Resource) | undefined;
  /** WIT's static functions, by their names in JavaScript. */
  readonly statics?: Readonly<Record<string, (...args: never[]) => unknown>> | undefined;
}

/**
 * What the import object holds in place of a resource class.
 *
 * For a handle that a fast path made, jco's generic path passes `Object.create(Class.prototype)` with nothing in it
 * but the object's number, as receiver and as argument. A binding's methods look the real object up, so a
 * resource class is written as any class, private fields included, and never meets such a hollow object.
 * Results are checked with `instanceof`, which holds for the real ones. Fast paths are handed through.
 */
export function bindResource(
  resourceClass: abstract new (...args: never[]) => Resource,
  { construct, statics = {} }: BindingOptions = {},
): object {
  const binding = function (...args: unknown[]): unknown {
    if (construct === undefined)
      throw new TypeError("Cannot construct a resource without constructor");
    return Reflect.apply(construct, undefined, args.map(toReal));
  };
  // A component names the functions that it imports: it must find none that is JavaScript's own, `Function` for one.
  Object.setPrototypeOf(binding, null);
  Object.defineProperty(binding, "prototype", { value: boundPrototype(resourceClass) });
  Object.defineProperty(binding, CABI_DISPOSE, { value: disposeByRep });
  Object.defineProperty(binding, Symbol.hasInstance, {
    value: (value: unknown) => value instanceof resourceClass,
  });
  if (construct !== undefined) copyLower(construct, binding);
  for (const [name, implementation] of Object.entries(statics)) {
    Object.defineProperty(binding, name, { value: bindFunction(implementation) });
  }
  return binding;
}

/** A function with resources among its parameters that may arrive hollow; its fast path stays. */
export function bindFunction(
  implementation: (...args: never[]) => unknown,
): (...args: unknown[]) => unknown {
  const bound = (...args: unknown[]): unknown =>
    Reflect.apply(implementation, undefined, args.map(toReal));
  copyLower(implementation, bound);
  return bound;
}

const prototypes = new WeakMap<object, object>();

/** One prototype for all guests, made once, so that an instance costs no methods. */
function boundPrototype(resourceClass: abstract new (...args: never[]) => Resource): object {
  const known = prototypes.get(resourceClass);
  if (known !== undefined) return known;
  const prototype: object = Object.create(null);
  for (const [name, implementation] of methodsOf(resourceClass.prototype)) {
    const method = function (this: unknown, ...args: unknown[]): unknown {
      return Reflect.apply(implementation, toReal(this), args.map(toReal));
    };
    copyLower(implementation, method);
    Object.defineProperty(prototype, name, { value: method });
  }
  prototypes.set(resourceClass, prototype);
  return prototype;
}

/** The methods of a resource class and its ancestors below `Resource`, the most derived of a name only. */
function methodsOf(prototype: object): Map<string, (...args: never[]) => unknown> {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const methods =
    parent === Resource.prototype || !(parent instanceof Object) ? new Map() : methodsOf(parent);
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (!HIDDEN.has(name) && typeof value === "function") methods.set(name, value);
  }
  return methods;
}

/** jco's glue calls `drop` of what it lends to the host, if there is one, when a call is over; ours is no such thing. */
const HIDDEN: ReadonlySet<string> = new Set(["constructor", "drop"]);

function copyLower(from: object, to: object): void {
  const lower: unknown = Reflect.get(from, CABI_LOWER);
  if (lower !== undefined) Object.defineProperty(to, CABI_LOWER, { value: lower });
}

function disposeByRep(rep: number): void {
  resourceByRep(rep)[Symbol.dispose]();
}

/** The resource behind a hollow object, also as a list's element or a variant's payload; anything else as it is. */
function toReal(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Resource) return value;
  if (Array.isArray(value)) return value.map(toReal);
  const rep: unknown = Reflect.get(value, CABI_REP);
  if (typeof rep === "number") return resourceByRep(rep);
  if ("tag" in value && "val" in value) return { tag: value.tag, val: toReal(value.val) };
  return value;
}
