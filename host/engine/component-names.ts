import { EngineError } from "./error.ts";
import { WasmReader } from "./wasm-reader.ts";

/** What a component imports and exports, named as in its binary: `wasi:io/poll@0.2.12`. */
export interface ComponentNames {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** No component is larger: 20 times the largest JavaScript engine that we have seen in one. */
export const IMAGE_BYTES_MAX: number = 256 * 2 ** 20;

const MAGIC = 0x6d736100; // "\0asm", little-endian
const CORE_VERSION = 0x0000_0001;
const COMPONENT_VERSION = 0x0001_000d; // version 13, layer 1 (component-model, Binary.md)
/** Where the first section starts. */
export const PREAMBLE_BYTES = 8;

const IMPORT_SECTION = 10;
const EXPORT_SECTION = 11;

/**
 * Reads the names that a component imports and exports at its outermost level.
 * jco's own list has no versions in it, and what this host offers depends on them.
 *
 * @throws EngineError `not-wasm`, `core-module`, `too-large`, `truncated` or
 *   `invalid-component`; the contents of sections are not validated.
 */
export function readComponentNames(image: Uint8Array): ComponentNames {
  checkPreamble(image);
  const imports: string[] = [];
  const exports: string[] = [];
  const reader = new WasmReader(image, PREAMBLE_BYTES);
  while (!reader.done) {
    const { id, body } = reader.section();
    if (id === IMPORT_SECTION) {
      for (let count = body.u32(); 0 < count; count--) {
        imports.push(readExternName(body));
        skipDescription(body);
      }
    } else if (id === EXPORT_SECTION) {
      for (let count = body.u32(); 0 < count; count--) {
        exports.push(readExternName(body));
        skipSortAndIndex(body);
        if (body.byte() !== 0) skipDescription(body);
      }
    }
  }
  return { imports, exports };
}

/** Refuses what is no component by its first bytes or its size, with the errors of `readComponentNames`. */
export function checkPreamble(image: Uint8Array): void {
  if (IMAGE_BYTES_MAX < image.length) {
    throw new EngineError(
      "too-large",
      `Image has ${image.length} bytes, at most ${IMAGE_BYTES_MAX} are compiled`,
    );
  }
  if (image.length < PREAMBLE_BYTES) {
    const start = new Uint8Array(4);
    start.set(image.subarray(0, 4));
    if (4 <= image.length && new DataView(start.buffer).getUint32(0, true) === MAGIC) {
      throw new EngineError("truncated", `Image ends after ${image.length} bytes`);
    }
    throw new EngineError("not-wasm", `Image is not WebAssembly: it has ${image.length} bytes`);
  }
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (view.getUint32(0, true) !== MAGIC) {
    throw new EngineError("not-wasm", "Image is not WebAssembly: it does not start with \\0asm");
  }
  const version = view.getUint32(4, true);
  if (version === CORE_VERSION) {
    throw new EngineError("core-module", "Image is a core module, not a component");
  }
  if (version !== COMPONENT_VERSION) {
    throw new EngineError(
      "invalid-component",
      `Image has the version 0x${version.toString(16)}, a component has 0x1000d`,
    );
  }
}

/** The name of an import or export: importname' ::= 0x00 name | 0x01 name versionsuffix, export names alike (Binary.md). */
export function readExternName(reader: WasmReader): string {
  const kind = reader.byte();
  const name = reader.name();
  if (kind === 0x01) return `${name}${reader.name()}`;
  if (kind !== 0x00) {
    throw new EngineError("invalid-component", `Name "${name}" is of the unknown kind ${kind}`);
  }
  return name;
}

// externdesc ::= 0x00 0x11 typeidx | 0x01 typeidx | 0x02 valuebound | 0x03 typebound
//              | 0x04 typeidx | 0x05 typeidx
function skipDescription(reader: WasmReader): void {
  const kind = reader.byte();
  switch (kind) {
    case 0x00:
      reader.byte();
      reader.u32();
      return;
    case 0x01:
    case 0x04:
    case 0x05:
      reader.u32();
      return;
    case 0x03:
      // typebound ::= 0x00 typeidx | 0x01
      if (reader.byte() === 0x00) reader.u32();
      return;
    default:
      throw new EngineError("unsupported", `Imports or exports of the kind ${kind} are not known`);
  }
}

// sortidx ::= sort idx; sort ::= 0x00 core:sort | 0x01 … 0x05
function skipSortAndIndex(reader: WasmReader): void {
  if (reader.byte() === 0x00) reader.byte();
  reader.u32();
}
