/** The fast paths of `wasi:io/streams.output-stream`; importing this module attaches them. */
import { GuestMemory, type LowerOptions, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { IoError } from "./error.ts";
import { InputStream } from "./input-stream.ts";
import { assertBlockingLength, OutputStream } from "./output-stream.ts";
import { Pollable } from "./pollable.ts";
import { lowerOk, lowerOkLength, lowerStreamEnd, lowerThrown } from "./stream-result.ts";
import { AGAIN } from "./suspend.ts";

lowerMethod(OutputStream, "checkWrite", (options) => {
  const call = new WriteCall(options);
  return (handle: number, result: number): void => {
    const stream = call.lift(handle);
    const permit = stream.permit();
    if (permit < 0) lowerStreamEnd(call.memory, call.handles, result >>> 0, 8, stream);
    else lowerOkLength(call.memory, result >>> 0, permit);
  };
});

lowerMethod(OutputStream, "write", (options) => {
  const call = new WriteCall(options);
  return (handle: number, pointer: number, length: number, result: number): void => {
    const stream = call.lift(handle);
    call.answer(stream, stream.tryWrite(call.memory.slice(pointer, length)), result >>> 0);
  };
});

lowerMethod(OutputStream, "blockingWriteAndFlush", (options) => {
  const call = new WriteCall(options);
  return new WebAssembly.Suspending(
    (handle: number, pointer: number, length: number, result: number) => {
      const stream = call.lift(handle);
      assertBlockingLength(length >>> 0);
      let offset = 0;
      // The guest's stack is suspended, so its memory still holds the contents when there is room for the rest.
      const proceed = (): void | typeof AGAIN => {
        offset = stream.writeSome(call.memory.slice(pointer, length), offset);
        if (offset >= 0 && offset < length >>> 0) return AGAIN;
        return call.answer(stream, offset >= 0, result >>> 0);
      };
      return proceed() === AGAIN
        ? stream.guest.suspender.until<void>([stream.condition], proceed)
        : undefined;
    },
  );
});

for (const flush of ["flush", "blockingFlush"] as const) {
  lowerMethod(OutputStream, flush, (options) => {
    const call = new WriteCall(options);
    return (handle: number, result: number): void => {
      const stream = call.lift(handle);
      call.answer(stream, !stream.closed, result >>> 0);
    };
  });
}

lowerMethod(OutputStream, "writeZeroes", (options) => {
  const call = new WriteCall(options);
  return (handle: number, length: bigint, result: number): void => {
    const stream = call.lift(handle);
    call.attempt(result >>> 0, 4, () => stream.writeZeroes(BigInt.asUintN(64, length)));
  };
});

lowerMethod(OutputStream, "blockingWriteZeroesAndFlush", (options) => {
  const call = new WriteCall(options);
  return new WebAssembly.Suspending((handle: number, length: bigint, result: number) => {
    const stream = call.lift(handle);
    return call.attemptBlocking(result >>> 0, 4, () =>
      stream.blockingWriteZeroesAndFlush(BigInt.asUintN(64, length)),
    );
  });
});

lowerMethod(OutputStream, "splice", (options) => {
  const call = new WriteCall(options, new Handles(options));
  return (handle: number, source: number, length: bigint, result: number): void => {
    const stream = call.lift(handle);
    const input = call.handles.lift(InputStream, source);
    call.attempt(result >>> 0, 8, () => stream.splice(input, BigInt.asUintN(64, length)));
  };
});

lowerMethod(OutputStream, "blockingSplice", (options) => {
  const call = new WriteCall(options, new Handles(options));
  return new WebAssembly.Suspending(
    (handle: number, source: number, length: bigint, result: number) => {
      const stream = call.lift(handle);
      const input = call.handles.lift(InputStream, source);
      return call.attemptBlocking(result >>> 0, 8, () =>
        stream.blockingSplice(input, BigInt.asUintN(64, length)),
      );
    },
  );
});

lowerMethod(OutputStream, "subscribe", (options) => {
  const handles = Handles.inOrder(options, [Pollable, OutputStream]);
  return (handle: number): number =>
    handles.lowerOwn(Pollable, handles.lift(OutputStream, handle).subscribe());
});

/** What the functions that write share: the memory, the tables and how an answer is written. */
class WriteCall {
  readonly handles: Handles;
  readonly memory: GuestMemory;

  constructor(options: LowerOptions, handles?: Handles) {
    this.handles = handles ?? Handles.inOrder(options, [IoError, OutputStream]);
    this.memory = new GuestMemory(options);
  }

  lift(handle: number): OutputStream {
    return this.handles.lift(OutputStream, handle);
  }

  /** Writes `result<_, stream-error>`. */
  answer(stream: OutputStream, written: boolean, result: number): void {
    if (written) lowerOk(this.memory, result);
    else lowerStreamEnd(this.memory, this.handles, result, 4, stream);
  }

  /** Writes what `operation` returns, or the stream-error that it throws; for operations that are not hot. */
  attempt(result: number, offset: 4 | 8, operation: () => bigint | void): void {
    try {
      this.#succeed(result, operation());
    } catch (error) {
      lowerThrown(this.memory, this.handles, result, offset, error);
    }
  }

  /** As `attempt`, for an operation that may wait. */
  attemptBlocking(
    result: number,
    offset: 4 | 8,
    operation: () => bigint | void | Promise<bigint | void>,
  ): void | Promise<void> {
    const fail = (error: unknown): void =>
      lowerThrown(this.memory, this.handles, result, offset, error);
    try {
      const value = operation();
      if (value instanceof Promise) {
        return value.then((value) => this.#succeed(result, value), fail);
      }
      return this.#succeed(result, value);
    } catch (error) {
      return fail(error);
    }
  }

  #succeed(result: number, value: bigint | void): void {
    if (typeof value === "bigint") lowerOkLength(this.memory, result, Number(value));
    else lowerOk(this.memory, result);
  }
}
