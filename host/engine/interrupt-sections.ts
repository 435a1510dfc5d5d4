import { ByteWriter } from "./byte-writer.ts";
import { EngineError } from "./error.ts";
import { type CodeRewrite, shift } from "./interrupt-code.ts";
import { REF_FUNC, skipImmediates } from "./interrupt-opcodes.ts";
import { skipValueType } from "./value-type.ts";
import { type WasmReader } from "./wasm-reader.ts";

/** The contents of a global section with its functions renumbered. */
export function rewriteGlobals(body: WasmReader, rewrite: CodeRewrite): Uint8Array {
  const out = new ByteWriter(body.end - body.at + 64);
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    const start = body.at;
    skipValueType(body);
    body.byte();
    out.write(body.bytes.subarray(start, body.at));
    rewriteExpression(body, out, rewrite);
  }
  return out.written;
}

/** The contents of an element section with its functions renumbered. */
export function rewriteElements(body: WasmReader, rewrite: CodeRewrite): Uint8Array {
  const out = new ByteWriter(body.end - body.at + 256);
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) rewriteSegment(body, out, rewrite);
  return out.written;
}

// Bits of a segment's flags (core specification, 5.5.12).
const NOT_ACTIVE = 0x01;
const HAS_INDEX = 0x02;
const HAS_EXPRESSIONS = 0x04;

function rewriteSegment(body: WasmReader, out: ByteWriter, rewrite: CodeRewrite): void {
  const flags = body.u32();
  if (flags > 7) throw new EngineError("unsupported", `Element segment has unknown flags ${flags}`);
  out.u32(flags);
  const isActive = (flags & NOT_ACTIVE) === 0;
  if (isActive) {
    if ((flags & HAS_INDEX) !== 0) out.u32(body.u32());
    rewriteExpression(body, out, rewrite);
  }
  const hasExpressions = (flags & HAS_EXPRESSIONS) !== 0;
  if (!isActive || (flags & HAS_INDEX) !== 0) {
    const start = body.at;
    if (hasExpressions) skipValueType(body);
    else body.byte();
    out.write(body.bytes.subarray(start, body.at));
  }
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    if (hasExpressions) rewriteExpression(body, out, rewrite);
    else out.u32(shift(body.u32(), rewrite));
  }
}

/** A constant expression, which has no blocks: it goes up to the first `end`. */
function rewriteExpression(body: WasmReader, out: ByteWriter, rewrite: CodeRewrite): void {
  for (;;) {
    const start = body.at;
    const opcode = body.byte();
    if (opcode === REF_FUNC) {
      out.write([opcode]);
      out.u32(shift(body.u32(), rewrite));
      continue;
    }
    skipImmediates(body, opcode);
    out.write(body.bytes.subarray(start, body.at));
    if (opcode === END) return;
  }
}

const END = 0x0b;
