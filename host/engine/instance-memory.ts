import { EngineError } from "./error.ts";
import { type MemoryLimits, PAGE_BYTES } from "./memory-limits.ts";

/**
 * The linear memories of one instance of a component, which may hold `limit` bytes together.
 * What they hold is read from them, so that nothing is counted that did not grow.
 */
export class InstanceMemory {
  readonly #limit: number;
  readonly #memories: WebAssembly.Memory[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Makes a memory; each that a core module defines is made once, whoever imports it then.
   *
   * @throws EngineError `memory-limit` if they would start with more than the limit.
   */
  create({ initial, maximum, is64 }: MemoryLimits): WebAssembly.Memory {
    if (!this.#fits(initial)) {
      throw new EngineError(
        "memory-limit",
        `Cannot make a memory of ${initial} pages: all of an instance hold at most ${this.#limit} bytes together`,
      );
    }
    const memory = is64
      ? new WebAssembly.Memory({
          initial: BigInt(initial),
          maximum: maximum === undefined ? undefined : BigInt(maximum),
          address: "i64",
        })
      : new WebAssembly.Memory({ initial, maximum });
    this.#memories.push(memory);
    return memory;
  }

  /** What instrumented code calls before it grows a memory by `delta` pages: gives that back where it fits, else -1. */
  readonly admit = (delta: number): number => (this.#fits(delta >>> 0) ? delta : -1);

  /** The same for memories with addresses of 64 bits. */
  readonly admit64 = (delta: bigint): bigint =>
    this.#fits(Number(BigInt.asUintN(64, delta))) ? delta : -1n;

  #fits(pages: number): boolean {
    let bytes = pages * PAGE_BYTES;
    for (const { buffer } of this.#memories) bytes += buffer.byteLength;
    return bytes <= this.#limit;
  }
}
