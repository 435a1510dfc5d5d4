import type { WitFunction } from "../wasi/wit/wit-type.ts";
import { EngineError } from "./error.ts";
import { type Definition, functionAt, typeAt, type TypeScope } from "./type-scope.ts";
import type { WasmReader } from "./wasm-reader.ts";

/** What an import or an export is said to be. */
export type Description =
  | { readonly tag: "function"; readonly type: WitFunction }
  | { readonly tag: "type" | "instance"; readonly definition: Definition }
  /** A resource that is new here. */
  | { readonly tag: "resource" }
  | { readonly tag: "other" };

/** Reads what follows the name of an import, or of an export in a type. */
// externdesc ::= 0x00 0x11 typeidx | 0x01 typeidx | 0x02 valuebound | 0x03 typebound
//              | 0x04 typeidx | 0x05 typeidx
export function readDescription(reader: WasmReader, scope: TypeScope): Description {
  const kind = reader.byte();
  switch (kind) {
    case 0x00:
      reader.byte();
      reader.u32();
      return { tag: "other" };
    case 0x01:
      return { tag: "function", type: functionAt(scope, reader.u32()) };
    case 0x03:
      // typebound ::= 0x00 typeidx | 0x01
      if (reader.byte() !== 0x00) return { tag: "resource" };
      return { tag: "type", definition: typeAt(scope, reader.u32()) };
    case 0x04:
      reader.u32();
      return { tag: "other" };
    case 0x05:
      return { tag: "instance", definition: typeAt(scope, reader.u32()) };
    default:
      throw new EngineError("unsupported", `Imports or exports of the kind ${kind} are not known`);
  }
}
