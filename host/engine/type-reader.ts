import type { Primitive, WitFunction, WitType } from "../wasi/wit/wit-type.ts";
import { EngineError } from "./error.ts";
import { type Definition, OTHER, typeAt, type TypeScope } from "./type-scope.ts";
import type { WasmReader } from "./wasm-reader.ts";

/**
 * Reads a type that is not the type of a component or an instance, `opcode` being its first byte (component-model, Binary.md).
 * An index that stands for no such type is of an unknown type.
 */
export function readDefinition(reader: WasmReader, opcode: number, scope: TypeScope): Definition {
  switch (opcode) {
    case 0x3f:
      // resourcetype ::= 0x3f 0x7f f?:<funcidx>?
      reader.byte();
      if (reader.byte() !== 0) reader.u32();
      return OTHER;
    case 0x40:
      return { tag: "function", type: readFunction(reader, scope) };
    case 0x43:
      readFunction(reader, scope);
      return { tag: "function", type: ASYNC_FUNCTION };
    default:
      return { tag: "value", type: readDefinedType(reader, opcode, scope) };
  }
}

const ASYNC_FUNCTION: WitFunction = {
  params: [{ tag: "unknown", what: "async" }],
  result: undefined,
};

// functype ::= 0x40 ps:vec(<labelvaltype>) rs:<resultlist>; resultlist ::= 0x00 t:<valtype> | 0x01 0x00
function readFunction(reader: WasmReader, scope: TypeScope): WitFunction {
  const params = vector(reader, () => {
    reader.name();
    return readValueType(reader, scope);
  });
  if (reader.byte() === 0x00) return { params, result: readValueType(reader, scope) };
  if (reader.byte() !== 0x00) throw unknown("results with names");
  return { params, result: undefined };
}

function readDefinedType(reader: WasmReader, opcode: number, scope: TypeScope): WitType {
  const value = (): WitType => readValueType(reader, scope);
  const optional = (): WitType | undefined => (reader.byte() === 0 ? undefined : value());
  const label = (): readonly [string, undefined] => [reader.name(), undefined];
  switch (opcode) {
    case 0x72:
      return { tag: "record", members: vector(reader, () => [reader.name(), value()]) };
    case 0x71: {
      // case ::= l:<label'> t?:<valtype>? 0x00
      const members = vector(reader, () => {
        const member = [reader.name(), optional()] as const;
        reader.byte();
        return member;
      });
      return { tag: "variant", members };
    }
    case 0x70:
      return { tag: "list", type: value() };
    case 0x6f:
      return { tag: "tuple", types: vector(reader, value) };
    case 0x6e:
      return { tag: "flags", members: vector(reader, label) };
    case 0x6d:
      return { tag: "enum", members: vector(reader, label) };
    case 0x6b:
      return { tag: "option", type: value() };
    case 0x6a:
      return { tag: "result", ok: optional(), err: optional() };
    case 0x69:
    case 0x68:
      return readHandle(opcode === 0x69 ? "own" : "borrow", typeAt(scope, reader.u32()));
    case 0x67:
      value();
      return { tag: "unknown", what: `list<_, ${reader.u32()}>` };
    case 0x66:
    case 0x65:
      optional();
      return { tag: "unknown", what: opcode === 0x66 ? "stream" : "future" };
    default:
      return primitive(opcode);
  }
}

function readHandle(tag: "own" | "borrow", to: Definition): WitType {
  return to.tag === "resource"
    ? { tag, resource: to.name }
    : { tag: "unknown", what: `${tag} of another resource` };
}

/** A primitive type, or the index of any other: a signed LEB128 of 33 bits, of which primitive types are the negative. */
function readValueType(reader: WasmReader, scope: TypeScope): WitType {
  const start = reader.at;
  const first = reader.byte();
  if (0x40 <= first && first < 0x80) return primitive(first);
  reader.at = start;
  const found = typeAt(scope, reader.u32());
  return found.tag === "value" ? found.type : { tag: "unknown", what: "unknown" };
}

const NAMES: readonly (readonly [number, Primitive])[] = [
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
];
/** One object each, since there may be very many. */
const PRIMITIVES: ReadonlyMap<number, WitType> = new Map(
  NAMES.map(([opcode, name]) => [opcode, { tag: "primitive", name }]),
);

function primitive(opcode: number): WitType {
  const type = PRIMITIVES.get(opcode);
  if (type === undefined) throw unknown(`the opcode 0x${opcode.toString(16)}`);
  return type;
}

function vector<T>(reader: WasmReader, read: () => T): T[] {
  const items: T[] = [];
  for (let count = reader.u32(); 0 < count; count--) items.push(read());
  return items;
}

function unknown(what: string): EngineError {
  return new EngineError("unsupported", `Types with ${what} are not known`);
}
