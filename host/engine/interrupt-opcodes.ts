import { EngineError } from "./error.ts";
import type { WasmReader } from "./wasm-reader.ts";

/** Opcodes that the rewriting of code looks at (WebAssembly core specification, 5.4). */
export const LOOP = 0x03;
export const CALL = 0x10;
export const CALL_INDIRECT = 0x11;
export const RETURN_CALL = 0x12;
export const RETURN_CALL_INDIRECT = 0x13;
export const MEMORY_GROW = 0x40;
export const REF_FUNC = 0xd2;

/**
 * Moves `code` over the immediates of `opcode`, which was read.
 * Knows WebAssembly 2.0 with multiple memories, tail calls, exceptions, threads, SIMD and relaxed SIMD.
 *
 * @throws EngineError `unsupported` for an opcode that it does not know, garbage collection among them.
 */
export function skipImmediates(code: WasmReader, opcode: number): void {
  const kind = KINDS[opcode] ?? "unknown";
  switch (kind) {
    case "none":
      return;
    case "index":
      code.u32();
      return;
    case "two":
      code.u32();
      code.u32();
      return;
    case "block":
      skipLeb(code);
      return;
    case "integer":
      skipLeb(code);
      return;
    case "memory":
      skipMemoryArgument(code);
      return;
    case "f32":
      code.skip(4);
      return;
    case "f64":
      code.skip(8);
      return;
    case "labels":
      for (let rest = code.u32() + 1; rest > 0; rest--) code.u32();
      return;
    case "types":
      for (let rest = code.u32(); rest > 0; rest--) skipLeb(code);
      return;
    case "catches":
      skipLeb(code);
      for (let rest = code.u32(); rest > 0; rest--) {
        // catch and catch_ref name a tag; all name a label.
        if (code.byte() < 2) code.u32();
        code.u32();
      }
      return;
    case "misc":
      skipMisc(code, code.u32());
      return;
    case "simd":
      skipSimd(code, code.u32());
      return;
    case "atomic":
      // atomic.fence has a reserved byte, all others are accesses.
      if (code.u32() === 0x03) code.byte();
      else skipMemoryArgument(code);
      return;
    case "unknown":
      throw unsupported(opcode);
  }
}

type Kind =
  | "none"
  | "index"
  | "two"
  | "block"
  | "integer"
  | "memory"
  | "f32"
  | "f64"
  | "labels"
  | "types"
  | "catches"
  | "misc"
  | "simd"
  | "atomic"
  | "unknown";

function kindOf(opcode: number): Kind {
  const special = SPECIAL.get(opcode);
  if (special !== undefined) return special;
  if (opcode >= 0x28 && opcode <= 0x3e) return "memory";
  // Comparisons, arithmetic, conversions and sign extensions.
  if (opcode >= 0x45 && opcode <= 0xc4) return "none";
  return "unknown";
}

const SPECIAL: ReadonlyMap<number, Kind> = new Map([
  [0x00, "none"], // unreachable
  [0x01, "none"], // nop
  [0x02, "block"],
  [LOOP, "block"],
  [0x04, "block"], // if
  [0x05, "none"], // else
  [0x06, "block"], // try of legacy exceptions
  [0x07, "index"], // catch
  [0x08, "index"], // throw
  [0x09, "index"], // rethrow
  [0x0a, "none"], // throw_ref
  [0x0b, "none"], // end
  [0x0c, "index"], // br
  [0x0d, "index"], // br_if
  [0x0e, "labels"], // br_table
  [0x0f, "none"], // return
  [CALL, "index"],
  [CALL_INDIRECT, "two"],
  [RETURN_CALL, "index"],
  [RETURN_CALL_INDIRECT, "two"],
  [0x18, "index"], // delegate
  [0x19, "none"], // catch_all
  [0x1a, "none"], // drop
  [0x1b, "none"], // select
  [0x1c, "types"], // select with types
  [0x1f, "catches"], // try_table
  [0x20, "index"], // local.get
  [0x21, "index"], // local.set
  [0x22, "index"], // local.tee
  [0x23, "index"], // global.get
  [0x24, "index"], // global.set
  [0x25, "index"], // table.get
  [0x26, "index"], // table.set
  [0x3f, "index"], // memory.size
  [MEMORY_GROW, "index"],
  [0x41, "integer"], // i32.const
  [0x42, "integer"], // i64.const
  [0x43, "f32"],
  [0x44, "f64"],
  [0xd0, "integer"], // ref.null and its heap type
  [0xd1, "none"], // ref.is_null
  [REF_FUNC, "index"],
  [0xfc, "misc"],
  [0xfd, "simd"],
  [0xfe, "atomic"],
]);

const KINDS: readonly Kind[] = Array.from({ length: 256 }, (_, opcode) => kindOf(opcode));

/** Saturating conversions, bulk memory and tables. */
function skipMisc(code: WasmReader, opcode: number): void {
  if (opcode <= 7) return;
  if (opcode > 17) throw unsupported(0xfc, opcode);
  code.u32();
  // memory.init, memory.copy, table.init and table.copy name two things.
  if (opcode === 8 || opcode === 10 || opcode === 12 || opcode === 14) code.u32();
}

function skipSimd(code: WasmReader, opcode: number): void {
  const isAccess = opcode <= 11 || opcode === 92 || opcode === 93;
  const isLaneAccess = opcode >= 84 && opcode <= 91;
  if (isAccess || isLaneAccess) skipMemoryArgument(code);
  if (isLaneAccess || (opcode >= 21 && opcode <= 34)) code.byte();
  // v128.const and i8x16.shuffle
  if (opcode === 12 || opcode === 13) code.skip(16);
  // The last of relaxed SIMD.
  if (opcode > 0x113) throw unsupported(0xfd, opcode);
}

/** The alignment, whose bit 6 says that the index of a memory follows, and the offset. */
function skipMemoryArgument(code: WasmReader): void {
  if ((code.u32() & 0x40) !== 0) code.u32();
  skipLeb(code);
}

function skipLeb(code: WasmReader): void {
  while (code.byte() >= 0x80);
}

function unsupported(...bytes: readonly number[]): EngineError {
  const text = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return new EngineError("unsupported", `Instruction ${text} is not known`);
}
