import assert from "node:assert/strict";
import { CABI_LOWER, type HandleTable, type LowerOptions } from "../../../host/wasi/cabi.ts";
import type { Resource } from "../../../host/wasi/resource.ts";
import { resourceByRep } from "../../../host/wasi/resource.ts";

const FLAG = 1 << 30;

/** A handle table as jco makes it for an instance. */
export function emptyTable(): HandleTable {
  return [FLAG, 0];
}

/** The memory of an instance and an allocator for it, without the instance. */
export class TestMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: 64 });
  /** The sizes that `realloc` was asked for. */
  readonly allocations: number[] = [];
  #next = 4096;

  readonly realloc = (_old: number, _oldSize: number, align: number, size: number): number => {
    this.allocations.push(size);
    const pointer = Math.ceil(this.#next / align) * align;
    this.#next = pointer + size;
    const missing = Math.ceil((this.#next - this.memory.buffer.byteLength) / 65_536);
    if (missing > 0) this.memory.grow(missing);
    return pointer;
  };

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Puts text or bytes into the memory and returns where and how long. */
  put(data: string | Uint8Array): [pointer: number, length: number] {
    const bytes = Buffer.from(data);
    const pointer = this.realloc(0, 0, 1, bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, pointer);
    return [pointer, bytes.length];
  }

  /** The text whose pointer and length are at `at`. */
  textAt(at: number): string {
    const pointer = this.view.getUint32(at, true);
    const length = this.view.getUint32(at + 4, true);
    return Buffer.from(this.memory.buffer, pointer, length).toString("latin1");
  }

  bytesAt(at: number, length: number): number[] {
    return [...new Uint8Array(this.memory.buffer, at, length)];
  }
}

/** The core function that jco would give an instance in place of `implementation`. */
export function coreFunction(
  implementation: object,
  options: LowerOptions,
): (...args: (number | bigint)[]) => unknown {
  const lower: unknown = Reflect.get(implementation, CABI_LOWER);
  assert.ok(typeof lower === "function");
  const core: unknown = lower(options);
  assert.ok(typeof core === "function", "a suspending function can only be called by WebAssembly");
  return (...args) => Reflect.apply(core, undefined, args);
}

/** As jco does for a result: a handle that owns `resource`. */
export function giveHandle(table: HandleTable, resource: Resource): number {
  table.push(0, resource.rep | FLAG);
  return (table.length >> 1) - 1;
}

/** As jco does when the guest drops a handle. */
export function dropHandle(table: HandleTable, handle: number): void {
  const entry = table[handle * 2 + 1] ?? 0;
  table[handle * 2] = (table[0] ?? 0) | FLAG;
  table[0] = handle | FLAG;
  resourceByRep(entry & ~FLAG)[Symbol.dispose]();
}
