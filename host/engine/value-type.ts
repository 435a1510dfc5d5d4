import type { WasmReader } from "./wasm-reader.ts";

/** Moves over a value type: one byte, or a byte and the type that it refers to (core specification, 5.3.5). */
export function skipValueType(body: WasmReader): void {
  const type = body.byte();
  if (type === 0x63 || type === 0x64) while (body.byte() >= 0x80);
}
