import { ByteWriter } from "./byte-writer.ts";
import { skipConstant } from "./constant-expression.ts";
import { EngineError } from "./error.ts";
import { MEMORY_LIMITS_SECTION } from "./memory-limits.ts";
import { skipValueType } from "./value-type.ts";
import { WasmReader } from "./wasm-reader.ts";

/** How large a memory (in pages) or a table (in entries) of a core module is. */
export interface Limits {
  readonly kind: "memory" | "table";
  readonly initial: number;
  /** What the module says; Infinity where it says nothing. */
  readonly maximum: number;
}

/**
 * The core module with all memories and tables that it defines no larger, ever, than `capOf` says, which is asked
 * for each in their order, and says no less than what they start with. Growing fails there with -1, as it does for
 * a guest on a machine that has no more. A module that defines none is returned as it is.
 *
 * The memories of an instrumented module, which the host makes, are capped where it looks their limits up: both
 * places are, whatever a module has of them, and however often.
 *
 * @throws EngineError `unsupported` for shared memories and tables and custom page sizes, `truncated` and
 *   `invalid-component` for malformed modules.
 */
export function capLimits(module: Uint8Array, capOf: (limits: Limits) => number): Uint8Array {
  const reader = new WasmReader(module, PREAMBLE_BYTES);
  const out = new ByteWriter(module.length + 64);
  let copied = 0;
  while (!reader.done) {
    const { id, start, body } = reader.section();
    const contents = body.at;
    const isLimits = id === CUSTOM_SECTION && body.name() === MEMORY_LIMITS_SECTION;
    if (id !== MEMORY_SECTION && id !== TABLE_SECTION && !isLimits) continue;
    const capped = new ByteWriter(body.end - contents + 64);
    capped.write(module.subarray(contents, body.at));
    capSection(body, capped, id === TABLE_SECTION ? "table" : "memory", capOf);
    out.write(module.subarray(copied, start));
    out.write([id]);
    out.u32(capped.length);
    out.write(capped.written);
    copied = reader.at;
  }
  if (copied === 0) return module;
  out.write(module.subarray(copied));
  return out.written.slice();
}

const PREAMBLE_BYTES = 8;
const CUSTOM_SECTION = 0;
const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;

function capSection(
  body: WasmReader,
  out: ByteWriter,
  kind: Limits["kind"],
  capOf: (limits: Limits) => number,
): void {
  const count = body.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    const start = body.at;
    const hasValue = kind === "table" && skipTableType(body);
    out.write(body.bytes.subarray(start, body.at));
    const flags = readFlags(body, kind);
    const initial = body.u64();
    const maximum = (flags & HAS_MAXIMUM) === 0 ? Number.POSITIVE_INFINITY : body.u64();
    out.write([flags | HAS_MAXIMUM]);
    out.u32(initial);
    out.u32(Math.min(maximum, capOf({ kind, initial, maximum })));
    if (!hasValue) continue;
    const value = body.at;
    skipConstant(body);
    out.write(body.bytes.subarray(value, body.at));
  }
  if (!body.done) {
    const name = kind === "memory" ? "Memory" : "Table";
    throw new EngineError(
      "invalid-component",
      `${name} section goes on behind its ${count} entries`,
    );
  }
}

/** Returns whether an expression follows the limits, for the initial value of all entries (core specification, 5.5.7). */
function skipTableType(body: WasmReader): boolean {
  const hasValue = body.bytes[body.at] === 0x40 && body.bytes[body.at + 1] === 0x00;
  if (hasValue) body.skip(2);
  skipValueType(body);
  return hasValue;
}

// Bits of the limits flags: core specification 5.3.11 and the threads, memory64
// and custom-page-sizes proposals.
const HAS_MAXIMUM = 0x01;
const SHARED = 0x02;
const IS_64 = 0x04;
const CUSTOM_PAGE_SIZE = 0x08;

function readFlags(body: WasmReader, kind: Limits["kind"]): number {
  const flags = body.byte();
  if ((flags & SHARED) !== 0) {
    throw new EngineError("unsupported", `Cannot run a component with a shared ${kind}`);
  }
  if (kind === "memory" && (flags & CUSTOM_PAGE_SIZE) !== 0) {
    throw new EngineError("unsupported", "Cannot run a component with custom page sizes");
  }
  if ((flags & ~(HAS_MAXIMUM | IS_64)) !== 0) {
    const name = kind === "memory" ? "Memory" : "Table";
    throw new EngineError("invalid-component", `${name} has unknown limits flags ${flags}`);
  }
  return flags;
}
