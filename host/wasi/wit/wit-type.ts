/**
 * Types of WIT as values: what WASI declares is written down with these functions, one file a package,
 * and what a component declares is read into the same form. Names of parameters do not count, so there are none.
 */
export type WitType =
  | { readonly tag: "primitive"; readonly name: Primitive }
  | { readonly tag: "list" | "option"; readonly type: WitType }
  | { readonly tag: "tuple"; readonly types: readonly WitType[] }
  | { readonly tag: "result"; readonly ok: WitType | undefined; readonly err: WitType | undefined }
  /** Fields of a `record` all have types, cases of a `variant` may have none, those of `enum` and `flags` never do. */
  | {
      readonly tag: "record" | "variant" | "enum" | "flags";
      readonly members: readonly (readonly [name: string, type: WitType | undefined])[];
    }
  /** `resource` is the interface that has it, without version, and its name: `wasi:io/poll/pollable`. */
  | { readonly tag: "own" | "borrow"; readonly resource: string }
  /** What a component may declare and nothing in WASI 0.2 has: `char`s, streams, resources of its own. Equals nothing. */
  | { readonly tag: "unknown"; readonly what: string };

export type Primitive =
  | "bool"
  | "string"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "s8"
  | "s16"
  | "s32"
  | "s64"
  | "f32"
  | "f64"
  | "char";

/** A function, its receiver among the parameters. */
export interface WitFunction {
  readonly params: readonly WitType[];
  readonly result: WitType | undefined;
}

/** A function of a resource; `params` of a method are without the receiver, `result` of a constructor is the resource. */
export interface WitMember extends WitFunction {
  readonly kind: "method" | "static" | "constructor";
}

/** A resource: its functions by their names. A constructor has the name `constructor`. */
export type WitResource = Readonly<Record<string, WitMember>>;

/** An interface: what a component can import of it by name. */
export interface WitInterface {
  readonly functions?: Readonly<Record<string, WitFunction>>;
  readonly resources?: Readonly<Record<string, WitResource>>;
}

/** The interfaces of a package by name, without version: `wasi:io/poll`. */
export type WitPackage = Readonly<Record<string, WitInterface>>;

export const BOOL: WitType = { tag: "primitive", name: "bool" };
export const STRING: WitType = { tag: "primitive", name: "string" };
export const U8: WitType = { tag: "primitive", name: "u8" };
export const U16: WitType = { tag: "primitive", name: "u16" };
export const U32: WitType = { tag: "primitive", name: "u32" };
export const U64: WitType = { tag: "primitive", name: "u64" };
export const S32: WitType = { tag: "primitive", name: "s32" };

export function list(type: WitType): WitType {
  return { tag: "list", type };
}

export function option(type: WitType): WitType {
  return { tag: "option", type };
}

export function tuple(...types: readonly WitType[]): WitType {
  return { tag: "tuple", types };
}

export function result(ok?: WitType, err?: WitType): WitType {
  return { tag: "result", ok, err };
}

export function record(fields: Readonly<Record<string, WitType>>): WitType {
  return { tag: "record", members: Object.entries(fields) };
}

export function variant(cases: Readonly<Record<string, WitType | undefined>>): WitType {
  return { tag: "variant", members: Object.entries(cases) };
}

/** An `enum`, which is a word of TypeScript's own. */
export function enumeration(...names: readonly string[]): WitType {
  return { tag: "enum", members: names.map((name) => [name, undefined]) };
}

export function flags(...names: readonly string[]): WitType {
  return { tag: "flags", members: names.map((name) => [name, undefined]) };
}

export function own(resource: string): WitType {
  return { tag: "own", resource };
}

export function borrow(resource: string): WitType {
  return { tag: "borrow", resource };
}

export function func(params: readonly WitType[], result?: WitType): WitFunction {
  return { params, result };
}

export function method(params: readonly WitType[], result?: WitType): WitMember {
  return { kind: "method", params, result };
}

export function staticFunc(params: readonly WitType[], result?: WitType): WitMember {
  return { kind: "static", params, result };
}

/** The constructor of `resource`. */
export function constructorOf(resource: string, ...params: readonly WitType[]): WitMember {
  return { kind: "constructor", params, result: own(resource) };
}
