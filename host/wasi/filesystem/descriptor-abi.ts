/** The fast paths of `wasi:filesystem/types.descriptor`; importing this module attaches them. */
import { GuestMemory, type LowerOptions, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { GuestError } from "../guest-error.ts";
import { Descriptor } from "./descriptor.ts";
import { FilesystemError, toErrorCodeIndex, toFilesystemError } from "./error.ts";
import { planRead, readAt, toLength, writeAt } from "./file-io.ts";

lowerMethod(Descriptor, "read", (options) => {
  const call = new Call(options);
  return (handle: number, length: bigint, offset: bigint, result: number): void => {
    const { access } = call.lift(handle);
    const at = result >>> 0;
    call.attempt(at, 4, () => {
      // `allocate` runs code of the guest, which may drop the descriptor: its number must not become another file's.
      using file = access.require("read").retain();
      const { room, position, isEnd } = planRead(file, unsigned(length), unsigned(offset));
      const pointer = call.memory.allocate(1, room);
      const count = readAt(file, call.memory.slice(pointer, room), position);
      call.memory.writeList(pointer, count, at + 4);
      call.memory.view.setUint8(at + 12, isEnd(count) ? 1 : 0);
    });
  };
});

lowerMethod(Descriptor, "write", (options) => {
  const call = new Call(options);
  return (
    handle: number,
    pointer: number,
    length: number,
    offset: bigint,
    result: number,
  ): void => {
    const { access } = call.lift(handle);
    const bytes = call.memory.slice(pointer, length);
    const at = result >>> 0;
    call.attempt(at, 8, () => {
      const count = writeAt(access.require("write"), bytes, toLength(unsigned(offset)));
      call.memory.view.setBigUint64(at + 8, BigInt(count), true);
    });
  };
});

for (const sync of ["sync", "syncData"] as const) {
  lowerMethod(Descriptor, sync, (options) => {
    const call = new Call(options);
    return new WebAssembly.Suspending((handle: number, result: number) => {
      const at = result >>> 0;
      const descriptor = call.lift(handle);
      const fail = (error: unknown): void => call.fail(at, 1, error);
      try {
        const waiting = descriptor[sync]();
        if (waiting !== undefined) return waiting.then(() => call.succeed(at), fail);
        return call.succeed(at);
      } catch (error) {
        return fail(error);
      }
    });
  });
}

/** What the fast paths share: the memory, the table and how a `result<T, error-code>` is written. */
class Call {
  readonly memory: GuestMemory;
  readonly #handles: Handles;

  constructor(options: LowerOptions) {
    this.memory = new GuestMemory(options);
    this.#handles = Handles.inOrder(options, [Descriptor]);
  }

  lift(handle: number): Descriptor {
    return this.#handles.lift(Descriptor, handle);
  }

  /** Has `act` write the good case; the error-code stands at `offset`. */
  attempt(result: number, offset: 1 | 4 | 8, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(result, offset, error);
      return;
    }
    this.succeed(result);
  }

  succeed(result: number): void {
    this.memory.view.setUint8(result, 0);
  }

  /** Anything but an error of a file goes on and traps. */
  fail(result: number, offset: 1 | 4 | 8, error: unknown): void {
    const known = toFilesystemError(error instanceof GuestError ? error.cause : error);
    if (!(known instanceof FilesystemError)) throw error;
    const { view } = this.memory;
    view.setUint8(result, 1);
    view.setUint8(result + offset, toErrorCodeIndex(known.code));
  }
}

/** A fast path hands over a u64 as the signed number that WebAssembly has. */
function unsigned(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
