import { BranchHints } from "./branch-hints.ts";
import { ByteWriter } from "./byte-writer.ts";
import { EngineError } from "./error.ts";
import {
  CALL,
  CALL_INDIRECT,
  LOOP,
  MEMORY_GROW,
  REF_FUNC,
  RETURN_CALL,
  RETURN_CALL_INDIRECT,
  skipImmediates,
} from "./interrupt-opcodes.ts";
import { skipValueType } from "./value-type.ts";
import { WasmReader } from "./wasm-reader.ts";

/** How the functions of one module are rewritten. */
export interface CodeRewrite {
  /** The index of the first function that is new. */
  readonly first: number;
  /** How many functions are new: those that had the index `first` or more move up by as many. */
  readonly added: number;
  /** Instructions that neither take nor leave operands, for the heads of loops and functions. */
  readonly check: Uint8Array;
  /** Where in `check` its branch is, which is hardly ever taken. */
  readonly branch: number;
  /** For each memory, instructions that take and leave the number of pages by which it shall grow. */
  readonly admits: readonly Uint8Array[];
}

/** The contents of two sections. */
export interface RewrittenCode {
  readonly code: Uint8Array;
  readonly hints: Uint8Array;
}

/**
 * The contents of a code section, `body`, with a check at the head of each loop and of each function that calls another:
 * whatever goes on for long comes by one of the two. Before each `memory.grow` is what admits it.
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
      rewrite.first + rewrite.added + i,
      checks.map((check) => check + rewrite.branch),
    );
    out.u32(locals.length + instructions.length);
    out.write(locals.written);
    out.write(instructions.written);
  }
  return { code: out.written, hints: hints.toBytes() };
}

/** The index that a function has once others were added. */
export function shift(
  index: number,
  { first, added }: Pick<CodeRewrite, "first" | "added">,
): number {
  return index < first ? index : index + added;
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
 * Instructions with a check in each loop, the places of which go to `loops`, and an admission at each growth, their
 * functions renumbered.
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
    if (opcode === MEMORY_GROW) {
      out.write(bytes.subarray(copied, code.at - 1));
      copied = code.at - 1;
      out.write(admitOf(code.u32(), rewrite));
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

function admitOf(memory: number, { admits }: CodeRewrite): Uint8Array {
  const admit = admits[memory];
  if (admit === undefined) {
    throw new EngineError("invalid-component", `There is no memory ${memory}`);
  }
  return admit;
}
