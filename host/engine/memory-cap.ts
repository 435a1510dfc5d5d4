import { EngineError } from "./error.ts";
import { MEMORY_LIMITS_SECTION } from "./memory-limits.ts";
import { toLeb128, WasmReader } from "./wasm-reader.ts";

/** Bytes of one page of linear memory (WebAssembly core specification, 4.2.8). */
export const PAGE_BYTES = 65_536;

const PREAMBLE_BYTES = 8;
const CUSTOM_SECTION = 0;
const MEMORY_SECTION = 5;

// Bits of the limits flags: core specification 5.3.11 and the threads, memory64
// and custom-page-sizes proposals.
const HAS_MAXIMUM = 0x01;
const SHARED = 0x02;
const IS_64 = 0x04;
const CUSTOM_PAGE_SIZE = 0x08;

/**
 * A core module whose memories cannot grow beyond `limit` bytes (rounded down to pages):
 * `memory.grow` returns -1 there, as it does for a guest on a machine that has no more.
 * A module without memories of its own is returned as it is. Those of an instrumented module, which the host makes, are
 * capped where it looks their limits up: both places are, whatever a module has of them, and however often.
 * The cap holds for each memory of each module; components have one that matters.
 *
 * @throws EngineError `memory-limit` if a memory starts larger than the limit,
 *   `unsupported` for shared memories and custom page sizes, `truncated` and
 *   `invalid-component` for malformed modules.
 */
export function capMemory(module: Uint8Array, limit: number): Uint8Array {
  const reader = new WasmReader(module, PREAMBLE_BYTES);
  const parts: Uint8Array[] = [];
  let copied = 0;
  while (!reader.done) {
    const { id, start, body } = reader.section();
    const contents = body.at;
    const isLimits = id === CUSTOM_SECTION && body.name() === MEMORY_LIMITS_SECTION;
    if (id !== MEMORY_SECTION && !isLimits) continue;
    const name = module.subarray(contents, body.at);
    const limits = capSection(body, limit);
    parts.push(
      module.subarray(copied, start),
      Uint8Array.from([id, ...toLeb128(name.length + limits.length)]),
      name,
      Uint8Array.from(limits),
    );
    copied = reader.at;
  }
  return copied === 0 ? module : concatenate([...parts, module.subarray(copied)]);
}

function capSection(body: WasmReader, limit: number): number[] {
  const maximum = Math.floor(limit / PAGE_BYTES);
  const count = body.u32();
  const out = toLeb128(count);
  for (let i = 0; i < count; i++) {
    const flags = body.byte();
    if ((flags & SHARED) !== 0) {
      throw new EngineError("unsupported", "Cannot run a component with shared memory");
    }
    if ((flags & CUSTOM_PAGE_SIZE) !== 0) {
      throw new EngineError("unsupported", "Cannot run a component with custom page sizes");
    }
    if ((flags & ~(HAS_MAXIMUM | IS_64)) !== 0) {
      throw new EngineError("invalid-component", `Memory has unknown limits flags ${flags}`);
    }
    const initial = body.u64();
    const declared = (flags & HAS_MAXIMUM) === 0 ? Number.POSITIVE_INFINITY : body.u64();
    if (maximum < initial) {
      throw new EngineError(
        "memory-limit",
        `Memory starts with ${toMebibytes(initial * PAGE_BYTES)}, the limit is ${toMebibytes(limit)}`,
      );
    }
    out.push(flags | HAS_MAXIMUM, ...toLeb128(initial), ...toLeb128(Math.min(declared, maximum)));
  }
  if (!body.done) {
    throw new EngineError(
      "invalid-component",
      `Memory section goes on behind its ${count} entries`,
    );
  }
  return out;
}

function toMebibytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return `${Number.isInteger(mebibytes) ? mebibytes : mebibytes.toFixed(2)} MiB`;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
