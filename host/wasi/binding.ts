import { CABI_LOWER } from "./cabi.ts";
import { CABI_DISPOSE, CABI_REP, Resource, resourceByRep } from "./resource.ts";

/** What a binding has beyond the class's methods; functions keep their fast paths. */
export interface BindingOptions {
  /** Makes the resource where the guest calls the WIT constructor; without it there is none. */
  readonly construct?: ((...args: never[]) => Resource) | undefined;
  /** WIT's static functions, by their names in JavaScript. */
  readonly statics?: Readonly<Record<string, (...args: never[]) => unknown>> | undefined;
}

type ResourceClass<T extends Resource = Resource> = abstract new (...args: never[]) => T;

/** The names of methods. */
type MethodOf<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T] &
  string;

/**
 * What the import object holds in place of a resource class.
 *
 * For a handle that a fast path made, jco's generic path passes `Object.create(Class.prototype)` with nothing in it
 * but the object's number, as receiver and as argument. A binding's methods look the real object up, so a
 * resource class is written as any class, private fields included, and never meets such a hollow object.
 * Results are checked with `instanceof`, which holds for the real ones. Fast paths are handed through.
 *
 * A component names the functions that it imports: a binding has the `methods` that WIT has, by their names in
 * JavaScript, and neither what else the class has for the host nor anything of JavaScript's own.
 */
export function bindResource<T extends Resource>(
  resourceClass: ResourceClass<T>,
  methods: readonly MethodOf<T>[],
  { construct, statics = {} }: BindingOptions = {},
): object {
  const { prototype, shared } = boundClass(resourceClass, methods);
  const binding = function (...args: unknown[]): unknown {
    if (construct === undefined)
      throw new TypeError("Cannot construct a resource without constructor");
    return Reflect.apply(construct, undefined, args.map(toReal));
  };
  binding.prototype = prototype;
  Object.setPrototypeOf(binding, shared);
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

/** The same members without any that is JavaScript's own, `constructor` for one; for good. */
export function bareInterface(
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.freeze({ __proto__: null, ...members });
}

/** The part of a binding that is the same for all guests. */
interface BoundClass {
  readonly prototype: object;
  /** What the binding inherits from. */
  readonly shared: object;
}

const boundClasses = new WeakMap<ResourceClass, BoundClass>();

/** Made once for all guests, so that an instance costs no methods. */
function boundClass(resourceClass: ResourceClass, methods: readonly string[]): BoundClass {
  const known = boundClasses.get(resourceClass);
  if (known !== undefined) return known;
  const made: BoundClass = {
    prototype: boundPrototype(resourceClass, methods),
    shared: Object.freeze({
      __proto__: null,
      [CABI_DISPOSE]: disposeByRep,
      [Symbol.hasInstance]: (value: unknown) => value instanceof resourceClass,
    }),
  };
  boundClasses.set(resourceClass, made);
  return made;
}

function boundPrototype({ name, prototype }: ResourceClass, methods: readonly string[]): object {
  const bound: object = Object.create(null);
  for (const method of methods) {
    const implementation: unknown = Reflect.get(prototype, method);
    if (typeof implementation !== "function") {
      throw new TypeError(`Cannot bind ${name}: ${method} is no method`);
    }
    const value = function (this: unknown, ...args: unknown[]): unknown {
      return Reflect.apply(implementation, toReal(this), args.map(toReal));
    };
    copyLower(implementation, value);
    Object.defineProperty(bound, method, { value });
  }
  return bound;
}

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
