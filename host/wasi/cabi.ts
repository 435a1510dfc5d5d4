/**
 * jco's fast path. With hybrid bindings an imported function may carry, under `CABI_LOWER`, a factory for the
 * core function that the canonical ABI wants; calls then skip jco's generic glue, which costs a hundred times more.
 * A function without one takes the generic path.
 */

/** Where jco looks for a function's `Lower`. */
export const CABI_LOWER: unique symbol = Symbol.for("cabiLower");

/** jco's table of one resource type in one instance: pairs of (scope, number of the object), see `cabi-handle.ts`. */
export type HandleTable = number[];

/** What jco hands to a `Lower`: the parts of the instance that the function's signature needs. */
export interface LowerOptions {
  readonly memory?: WebAssembly.Memory;
  readonly realloc?: Realloc;
  /** One per resource type in the signature, in an order that depends on the component: see `findTable`. */
  readonly resourceTables?: readonly HandleTable[];
}

/** The guest's `cabi_realloc`. */
export type Realloc = (oldPointer: number, oldSize: number, align: number, size: number) => number;

/** Makes the core function of one import for one instance. */
export type Lower = (
  options: LowerOptions,
) => ((...args: never[]) => unknown) | WebAssembly.Suspending;

/** Gives a function a fast path. */
export function lowerFunction(implementation: (...args: never[]) => unknown, lower: Lower): void {
  Object.defineProperty(implementation, CABI_LOWER, { value: lower });
}

/** Gives the method `name` of a class a fast path. */
export function lowerMethod<T>(
  owner: { readonly prototype: T },
  name: Extract<keyof T, string>,
  lower: Lower,
): void {
  const method: unknown = owner.prototype[name];
  if (typeof method !== "function") throw new TypeError(`Cannot lower ${name}: it is no method`);
  Object.defineProperty(method, CABI_LOWER, { value: lower });
}

/**
 * An instance's linear memory. Every access is checked: a pointer that a guest made up is a `RangeError`, hence a trap.
 * The views survive growth, which detaches the buffer and leaves them with length 0.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #realloc: Realloc | undefined;
  #bytes: Uint8Array;
  #view: DataView;
  #text: Buffer;

  constructor({ memory, realloc }: LowerOptions) {
    if (memory === undefined) throw new TypeError("Cannot reach the guest's memory: there is none");
    this.#memory = memory;
    this.#realloc = realloc;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#text = Buffer.from(memory.buffer);
  }

  /** The whole memory; not to be kept across a call into the guest. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  /** The whole memory; not to be kept across a call into the guest. Out of bounds is a `RangeError`. */
  get view(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  /** `length` bytes at `pointer`, not copied. */
  slice(pointer: number, length: number): Uint8Array {
    const start = this.#check(pointer, length);
    return this.#bytes.subarray(start, start + (length >>> 0));
  }

  /** `length` bytes at `pointer`, each as the character of its number. */
  readLatin1(pointer: number, length: number): string {
    const start = this.#check(pointer, length);
    return this.#text.toString("latin1", start, start + (length >>> 0));
  }

  /** A string of the guest's; a `TypeError`, hence a trap, where it is not UTF-8. */
  readUtf8(pointer: number, length: number): string {
    return utf8.decode(this.slice(pointer, length));
  }

  /** Writes pointer and length of `text`, one byte for each character, to `at`. */
  writeLatin1(text: string, at: number): void {
    const pointer = this.allocate(1, text.length);
    this.#check(pointer, text.length);
    if (text.length > 0) this.#text.write(text, pointer, "latin1");
    this.writeList(pointer, text.length, at);
  }

  /** Writes pointer and length of `text` as UTF-8 to `at`. */
  writeUtf8(text: string, at: number): void {
    const length = Buffer.byteLength(text);
    const pointer = this.allocate(1, length);
    this.#check(pointer, length);
    if (length > 0) this.#text.write(text, pointer, "utf8");
    this.writeList(pointer, length, at);
  }

  /** Writes pointer and length of a list to `at`. */
  writeList(pointer: number, length: number, at: number): void {
    const { view } = this;
    view.setUint32(at, pointer, true);
    view.setUint32(at + 4, length, true);
  }

  /** Has the guest allocate `size` bytes and returns where. An empty allocation needs no call. */
  allocate(align: number, size: number): number {
    if (size === 0) return align;
    if (this.#realloc === undefined)
      throw new TypeError("Cannot allocate: the guest has no realloc");
    const pointer = this.#realloc(0, 0, align, size) >>> 0;
    if (pointer % align !== 0)
      throw new RangeError("Cannot allocate: realloc returned a misaligned pointer");
    return pointer;
  }

  /** Where the bytes start, once they are known to be there. */
  #check(pointer: number, length: number): number {
    const start = pointer >>> 0;
    if (start + (length >>> 0) > this.bytes.length) {
      throw new RangeError(
        `Cannot reach ${length >>> 0} bytes at ${start}: the memory ends before`,
      );
    }
    return start;
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
    this.#text = Buffer.from(this.#memory.buffer);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
