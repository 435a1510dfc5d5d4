import { EngineError } from "./error.ts";
import { skipImmediates } from "./interrupt-opcodes.ts";
import type { WasmReader } from "./wasm-reader.ts";

/**
 * Moves `body` behind a constant expression. It has no blocks, so it goes up to the first `end`.
 *
 * @throws EngineError `unsupported` for an opcode that is not known.
 */
export function skipConstant(body: WasmReader): void {
  for (;;) {
    const opcode = body.byte();
    if (opcode === END) return;
    if (opcode === OBJECT) skipObject(body);
    else skipImmediates(body, opcode);
  }
}

const END = 0x0b;
const OBJECT = 0xfb;

/** The instructions on objects that may stand in a constant (core specification, 3.4.13 and 5.4.4). */
function skipObject(body: WasmReader): void {
  const opcode = body.u32();
  const count = OBJECT_IMMEDIATES.get(opcode);
  if (count === undefined) {
    throw new EngineError("unsupported", `Instruction fb ${opcode.toString(16)} is not known`);
  }
  for (let rest = count; rest > 0; rest--) body.u32();
}

/** How many indices and lengths follow each. */
const OBJECT_IMMEDIATES: ReadonlyMap<number, number> = new Map([
  [0x00, 1], // struct.new
  [0x01, 1], // struct.new_default
  [0x06, 1], // array.new
  [0x07, 1], // array.new_default
  [0x08, 2], // array.new_fixed
  [0x1a, 0], // any.convert_extern
  [0x1b, 0], // extern.convert_any
  [0x1c, 0], // ref.i31
]);
