import { BRANCH_HINTS_SECTION } from "./branch-hints.ts";
import { ByteWriter } from "./byte-writer.ts";
import { EngineError } from "./error.ts";
import { rewriteCode, type CodeRewrite, shift } from "./interrupt-code.ts";
import { CALL } from "./interrupt-opcodes.ts";
import { rewriteElements, rewriteGlobals } from "./interrupt-sections.ts";
import { readModuleShape, type ModuleShape } from "./module-shape.ts";
import { MEMORY_LIMITS_SECTION, toMemoryLimits } from "./memory-limits.ts";
import { toLeb128, WasmReader } from "./wasm-reader.ts";

/** The module that instrumented code imports from; see `interruptImports`. */
export const INTERRUPT_MODULE = "islet:interrupt";

const PREAMBLE_BYTES = 8;

/**
 * A core module that can be interrupted: at the head of each loop and each function its code reads a word of a
 * memory that is shared with the main thread, and calls the function `check` where that is not 0.
 * Where a memory shall grow its code asks first: the function `admit`, or `admit64` for a memory with addresses of
 * 64 bits, takes the pages and gives them back, or -1, by which no memory can grow.
 *
 * The module imports from `islet:interrupt` these functions, the memory `flag` and, in place of those that it
 * defined, its memories `memory0`, `memory1` and so on: so they keep their indices, of which V8 knows the first best.
 * One that has memories and no functions, for others to use, imports its memories only.
 *
 * Returns undefined where there is nothing to do: no function and no memory.
 *
 * @throws EngineError `unsupported` for code that is not understood, `truncated` and `invalid-component` for
 *   malformed modules.
 */
export function instrument(module: Uint8Array): Uint8Array | undefined {
  const shape = readModuleShape(new WasmReader(module, PREAMBLE_BYTES));
  if (shape.functions === 0 && shape.memoryCount === 0) return undefined;
  const rewrite: CodeRewrite = {
    first: shape.imported.functions,
    added: toFunctions(shape).length,
    admits: toAdmits(shape),
    ...toCheck(shape),
  };
  const out = new ByteWriter(module.length * 1.2);
  out.write(module.subarray(0, PREAMBLE_BYTES));
  const written = new Set<number>();
  const reader = new WasmReader(module, PREAMBLE_BYTES);
  while (!reader.done) {
    const { id, body } = reader.section();
    // Sections that may be missing but have to be written come before their successors.
    if (id !== CUSTOM && id !== TYPE && !written.has(IMPORT)) {
      if (id !== IMPORT) section(out, IMPORT, toImports(undefined, shape));
      written.add(IMPORT);
    }
    writeSection(out, id, body, { shape, rewrite });
  }
  section(out, CUSTOM, [...toName(MEMORY_LIMITS_SECTION), ...shape.memories]);
  return out.written.slice();
}

const CUSTOM = 0;
const TYPE = 1;
const IMPORT = 2;
const MEMORY = 5;
const GLOBAL = 6;
const EXPORT = 7;
const START = 8;
const ELEMENT = 9;
const CODE = 10;

interface Plan {
  readonly shape: ModuleShape;
  readonly rewrite: CodeRewrite;
}

function writeSection(out: ByteWriter, id: number, body: WasmReader, plan: Plan): void {
  const { shape, rewrite } = plan;
  const contents = body.bytes.subarray(body.at, body.end);
  switch (id) {
    case CUSTOM: // Names and hints: they count functions, and nothing reads them.
    case MEMORY: // Imported now.
      return;
    case TYPE:
      section(out, TYPE, toTypes(body, shape));
      return;
    case IMPORT:
      section(out, IMPORT, toImports(body, shape));
      return;
    case GLOBAL:
      section(out, GLOBAL, rewriteGlobals(body, rewrite));
      return;
    case EXPORT:
      section(out, EXPORT, toExports(body, rewrite));
      return;
    case START:
      section(out, START, toLeb128(shift(body.u32(), rewrite)));
      return;
    case ELEMENT:
      section(out, ELEMENT, rewriteElements(body, rewrite));
      return;
    case CODE: {
      const { code, hints } = rewriteCode(body, rewrite);
      section(out, CUSTOM, Uint8Array.from([...toName(BRANCH_HINTS_SECTION), ...hints]));
      section(out, CODE, code);
      return;
    }
    default:
      section(out, id, contents);
  }
}

function section(out: ByteWriter, id: number, contents: Uint8Array | readonly number[]): void {
  out.write([id]);
  out.u32(contents.length);
  out.write(contents);
}

/** A function of the host. */
interface HostFunction {
  readonly name: string;
  readonly type: readonly number[];
}

const CHECK: HostFunction = { name: "check", type: [0x60, 0, 0] };
const ADMIT: HostFunction = { name: "admit", type: [0x60, 1, 0x7f, 1, 0x7f] };
const ADMIT_64: HostFunction = { name: "admit64", type: [0x60, 1, 0x7e, 1, 0x7e] };

/** The functions that a module of this shape imports from the host, behind its own. */
function toFunctions({ functions, is64 }: ModuleShape): readonly HostFunction[] {
  if (functions === 0) return [];
  const admits = [
    ...(is64.includes(false) ? [ADMIT] : []),
    ...(is64.includes(true) ? [ADMIT_64] : []),
  ];
  return [CHECK, ...admits];
}

/** One more type for each function of the host. */
function toTypes(body: WasmReader, shape: ModuleShape): Uint8Array {
  const functions = toFunctions(shape);
  body.u32();
  const out = new ByteWriter(body.end - body.at + 32);
  out.u32(shape.types + functions.length);
  out.write(body.bytes.subarray(body.at, body.end));
  for (const { type } of functions) out.write(type);
  return out.written;
}

function toImports(body: WasmReader | undefined, shape: ModuleShape): Uint8Array {
  const { types, functions, is64, memories, memoryCount } = shape;
  const added = toFunctions(shape);
  const flags = functions === 0 ? 0 : 1;
  const out = new ByteWriter(1024);
  out.u32((body === undefined ? 0 : body.u32()) + added.length + memoryCount + flags);
  if (body !== undefined) out.write(body.bytes.subarray(body.at, body.end));
  for (const [index, { name }] of added.entries()) {
    out.write([...toName(INTERRUPT_MODULE), ...toName(name), 0x00, ...toLeb128(types + index)]);
  }
  for (const [index, limits] of toMemoryLimits(memories).entries()) {
    out.write([...toName(INTERRUPT_MODULE), ...toName(`memory${index}`), MEMORY_IMPORT]);
    // Without a maximum, so that whatever the host gives fits.
    out.write([limits.is64 ? IS_64 : 0, ...toLeb128(limits.initial)]);
  }
  if (flags > 0) {
    const name = [...toName(INTERRUPT_MODULE), ...toName("flag")];
    out.write([...name, MEMORY_IMPORT, HAS_MAXIMUM | SHARED, 1, 1]);
  }
  if (is64.length > 62) {
    throw new EngineError("unsupported", "Module has too many memories");
  }
  return out.written;
}

const MEMORY_IMPORT = 0x02;

// Bits of the limits flags.
const HAS_MAXIMUM = 0x01;
const SHARED = 0x02;
const IS_64 = 0x04;

function toExports(body: WasmReader, rewrite: CodeRewrite): Uint8Array {
  const out = new ByteWriter(body.end - body.at + 256);
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    const start = body.at;
    body.skip(body.u32());
    const kind = body.byte();
    out.write(body.bytes.subarray(start, body.at));
    const index = body.u32();
    out.u32(kind === 0 ? shift(index, rewrite) : index);
  }
  return out.written;
}

/** `if (flag) check()`: the memory `flag` comes last, the function `check` first of those of the host. */
function toCheck({ imported, is64 }: ModuleShape): Pick<CodeRewrite, "check" | "branch"> {
  const flag = is64.length;
  const load = flag === 0 ? [0x28, 0x02, 0x00] : [0x28, 0x42, ...toLeb128(flag), 0x00];
  const read = [0x41, 0x00, ...load];
  const call = [CALL, ...toLeb128(imported.functions)];
  return { check: Uint8Array.from([...read, 0x04, 0x40, ...call, 0x0b]), branch: read.length };
}

function toAdmits(shape: ModuleShape): Uint8Array[] {
  const functions = toFunctions(shape);
  return shape.is64.map((is64) => {
    const index = shape.imported.functions + functions.indexOf(is64 ? ADMIT_64 : ADMIT);
    return Uint8Array.from([CALL, ...toLeb128(index)]);
  });
}

function toName(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...toLeb128(bytes.length), ...bytes];
}
