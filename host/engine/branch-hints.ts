import { ByteWriter } from "./byte-writer.ts";

/** The custom section of the branch hinting proposal, which comes before the code. */
export const BRANCH_HINTS_SECTION = "metadata.code.branch_hint";

const UNLIKELY = [0x01, 0x00] as const;

/**
 * Tells V8 which branches are hardly ever taken: it then keeps what they need out of the way of the rest, registers
 * above all.
 */
export class BranchHints {
  readonly #hints = new ByteWriter(1024);
  #functions = 0;

  /** Branches of one function, by the offsets of their instructions from its locals on; functions and offsets in order. */
  add(index: number, offsets: readonly number[]): void {
    if (offsets.length === 0) return;
    this.#functions += 1;
    this.#hints.u32(index);
    this.#hints.u32(offsets.length);
    for (const offset of offsets) {
      this.#hints.u32(offset);
      this.#hints.write(UNLIKELY);
    }
  }

  /** The contents of the section, behind its name. */
  toBytes(): Uint8Array {
    const out = new ByteWriter(this.#hints.length + 8);
    out.u32(this.#functions);
    out.write(this.#hints.written);
    return out.written;
  }
}
