import { EngineError } from "./error.ts";
import { skipValueType } from "./value-type.ts";
import { type WasmReader } from "./wasm-reader.ts";

/** What a core module has, as far as code that is added to it has to know. */
export interface ModuleShape {
  readonly types: number;
  /** Functions that it defines. */
  readonly functions: number;
  readonly imported: { readonly functions: number };
  /** For each of its memories, whether it has addresses of 64 bits: those that it imports, then those that it defines. */
  readonly is64: readonly boolean[];
  /** Memories that it defines. */
  readonly memoryCount: number;
  /** The contents of its memory section. */
  readonly memories: Uint8Array;
}

/**
 * Reads all sections of a core module, from behind its preamble.
 *
 * @throws EngineError `unsupported` for types other than functions, shared memories, tables with initial values.
 */
export function readModuleShape(reader: WasmReader): ModuleShape {
  let types = 0;
  let functions = 0;
  let imported: Imported = { functions: 0, is64: [] };
  let memories = Uint8Array.of(0);
  let defined: boolean[] = [];
  while (!reader.done) {
    const { id, body } = reader.section();
    if (id === TYPE) types = countTypes(body);
    else if (id === IMPORT) imported = readImports(body);
    else if (id === FUNCTION) functions = body.u32();
    else if (id === TABLE) checkTables(body);
    else if (id === MEMORY) {
      memories = body.bytes.slice(body.at, body.end);
      defined = readMemories(body);
    } else if (id > TAG) throw new EngineError("unsupported", `Section ${id} is not known`);
  }
  const is64 = [...imported.is64, ...defined];
  return { types, functions, imported, is64, memoryCount: defined.length, memories };
}

/** What a module imports, in its order. */
interface Imported {
  readonly functions: number;
  readonly is64: readonly boolean[];
}

const TYPE = 1;
const IMPORT = 2;
const FUNCTION = 3;
const TABLE = 4;
const MEMORY = 5;
const TAG = 13;

function countTypes(body: WasmReader): number {
  const count = body.u32();
  for (let i = 0; i < count; i++) {
    if (body.byte() !== 0x60) throw new EngineError("unsupported", "Module has types of objects");
    for (let lists = 0; lists < 2; lists++) {
      for (let values = body.u32(); values > 0; values--) skipValueType(body);
    }
  }
  return count;
}

function readImports(body: WasmReader): Imported {
  let functions = 0;
  const is64: boolean[] = [];
  for (let rest = body.u32(); rest > 0; rest--) {
    body.skip(body.u32());
    body.skip(body.u32());
    const kind = body.byte();
    switch (kind) {
      case 0:
        body.u32();
        functions += 1;
        break;
      case 1:
        skipValueType(body);
        skipLimits(body);
        break;
      case 2:
        is64.push((skipLimits(body) & IS_64) !== 0);
        break;
      case 3:
        skipValueType(body);
        body.byte();
        break;
      case 4:
        body.byte();
        body.u32();
        break;
      default:
        throw new EngineError("unsupported", `Import of kind ${kind} is not known`);
    }
  }
  return { functions, is64 };
}

function checkTables(body: WasmReader): void {
  for (let rest = body.u32(); rest > 0; rest--) {
    skipValueType(body);
    skipLimits(body);
  }
  // Tables with initial values are longer.
  if (!body.done) throw new EngineError("unsupported", "Module has tables with initial values");
}

/** For each memory, whether it has addresses of 64 bits. */
function readMemories(body: WasmReader): boolean[] {
  const is64: boolean[] = [];
  for (let rest = body.u32(); rest > 0; rest--) {
    const flags = skipLimits(body);
    if ((flags & ~(HAS_MAXIMUM | IS_64)) !== 0) {
      throw new EngineError("unsupported", "Module has a memory of an unknown kind");
    }
    is64.push((flags & IS_64) !== 0);
  }
  return is64;
}

const HAS_MAXIMUM = 0x01;
const IS_64 = 0x04;

function skipLimits(body: WasmReader): number {
  const flags = body.byte();
  body.u64();
  if ((flags & HAS_MAXIMUM) !== 0) body.u64();
  return flags;
}
