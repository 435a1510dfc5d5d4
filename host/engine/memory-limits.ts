import { WasmReader } from "./wasm-reader.ts";

/** The custom section that holds the limits of the memories that a module no longer defines, as its memory section did. */
export const MEMORY_LIMITS_SECTION = "islet:memory";

/** Bytes of one page of linear memory (WebAssembly core specification, 4.2.8). */
export const PAGE_BYTES = 65_536;

/** In pages, as `WebAssembly.Memory` takes them. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  readonly is64: boolean;
}

/** The limits of the memories that an instrumented module wants from the host, in their order. */
export function readMemoryLimits(module: WebAssembly.Module): MemoryLimits[] {
  const [section] = WebAssembly.Module.customSections(module, MEMORY_LIMITS_SECTION);
  return section === undefined ? [] : toMemoryLimits(new Uint8Array(section));
}

/** The contents of a memory section: no shared memories, no page sizes of their own. */
export function toMemoryLimits(section: Uint8Array): MemoryLimits[] {
  const reader = new WasmReader(section);
  return Array.from({ length: reader.u32() }, () => {
    const flags = reader.byte();
    const initial = reader.u64();
    const is64 = (flags & IS_64) !== 0;
    return (flags & HAS_MAXIMUM) === 0
      ? { initial, is64 }
      : { initial, maximum: reader.u64(), is64 };
  });
}

const HAS_MAXIMUM = 0x01;
const IS_64 = 0x04;
