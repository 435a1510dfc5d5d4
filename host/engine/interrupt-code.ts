import { BranchHints } from "./branch-hints.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  CALL,
  CALL_INDIRECT,
  LOOP,
  REF_FUNC,
  RETURN_CALL,
  RETURN_CALL_INDIRECT,
  skipImmediates,
} from "./interrupt-opcodes.ts";
import { skipValueType } from "./value-type.ts";
import { WasmReader } from "./wasm-reader.ts";

/** How the functions of one module are rewritten. */
export interface CodeRewrite {
  /** The index of the function that is new; those from it on move up by one. */
  readonly added: number;
  /** Instructions that neither take nor leave operands, for the heads of loops and functions. */
  readonly check: Uint8Array;
  /** Where in `check` its branch is, which is hardly ever taken. */
  readonly branch: number;
}

/** The contents of two sections. */
export interface RewrittenCode {
  readonly code: Uint8Array;
  readonly hints: Uint8Array;
}

/**
 * The contents of a code section, `body`, with a check at the head of each loop and of each function that calls another:
 * whatever goes on for long comes by one of the two.
 */
export function rewriteCode(body: WasmReader, rewrite: CodeRewrite): RewrittenCode {
  const hints = new BranchHints();
  const out = new ByteWriter(body.end - body.at + 1024);
  const locals = new ByteWriter(256);
  const instructions = new ByteWriter(4096);
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    const length = body.u32();
    const start = body.at;
    body.skip(length);
    const code = new WasmReader(body.bytes, start, body.at);
    locals.clear();
    instructions.clear();
    copyLocals(code, locals);
    const loops: number[] = [];
    const checks: number[] = [];
    if (rewriteInstructions(code, instructions, rewrite, loops)) {
      checks.push(locals.length);
      locals.write(rewrite.check);
    }
    for (const loop of loops) checks.push(locals.length + loop);
    hints.add(
      rewrite.added + 1 + i,
      checks.map((check) => check + rewrite.branch),
    );
    out.u32(locals.length + instructions.length);
    out.write(locals.written);
    out.write(instructions.written);
  }
  return { code: out.written, hints: hints.toBytes() };
}

/** The index that a function has once one was added. */
export function shift(index: number, { added }: Pick<CodeRewrite, "added">): number {
  return index < added ? index : index + 1;
}

function copyLocals(code: WasmReader, out: ByteWriter): void {
  const start = code.at;
  for (let groups = code.u32(); groups > 0; groups--) {
    code.u32();
    skipValueType(code);
  }
  out.write(code.bytes.subarray(start, code.at));
}

/**
 * Instructions with a check in each loop, the places of which go to `loops`, their functions renumbered.
 * Returns whether there are calls among them.
 */
function rewriteInstructions(
  code: WasmReader,
  out: ByteWriter,
  rewrite: CodeRewrite,
  loops: number[],
): boolean {
  const { bytes } = code;
  let copied = code.at;
  let hasCalls = false;
  while (!code.done) {
    const opcode = code.byte();
    if (opcode === CALL || opcode === RETURN_CALL || opcode === REF_FUNC) {
      hasCalls ||= opcode !== REF_FUNC;
      out.write(bytes.subarray(copied, code.at));
      out.u32(shift(code.u32(), rewrite));
      copied = code.at;
      continue;
    }
    hasCalls ||= opcode === CALL_INDIRECT || opcode === RETURN_CALL_INDIRECT;
    skipImmediates(code, opcode);
    if (opcode !== LOOP) continue;
    out.write(bytes.subarray(copied, code.at));
    loops.push(out.length);
    out.write(rewrite.check);
    copied = code.at;
  }
  out.write(bytes.subarray(copied, code.at));
  return hasCalls;
}
