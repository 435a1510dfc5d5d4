/** The fast paths of `wasi:io/streams.input-stream`; importing this module attaches them. */
import { GuestMemory, type LowerOptions, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { IoError } from "./error.ts";
import { InputStream } from "./input-stream.ts";
import { Pollable } from "./pollable.ts";
import { lowerOkLength, lowerOkList, lowerStreamEnd, lowerThrown } from "./stream-result.ts";

lowerMethod(InputStream, "read", (options) => {
  const call = new ReadCall(options);
  return (handle: number, length: bigint, result: number): void => {
    call.answer(call.handles.lift(InputStream, handle), length, result >>> 0);
  };
});

lowerMethod(InputStream, "blockingRead", (options) => {
  const call = new ReadCall(options);
  return new WebAssembly.Suspending((handle: number, length: bigint, result: number) => {
    const stream = call.handles.lift(InputStream, handle);
    if (stream.condition.ready) {
      stream.guest.suspender.countWait();
      return call.answer(stream, length, result >>> 0);
    }
    return stream.guest.suspender.until([stream.condition], () =>
      call.answer(stream, length, result >>> 0),
    );
  });
});

lowerMethod(InputStream, "skip", (options) => {
  const call = new ReadCall(options);
  return (handle: number, length: bigint, result: number): void => {
    call.answerSkip(call.handles.lift(InputStream, handle), length, result >>> 0);
  };
});

lowerMethod(InputStream, "blockingSkip", (options) => {
  const call = new ReadCall(options);
  return new WebAssembly.Suspending((handle: number, length: bigint, result: number) => {
    const stream = call.handles.lift(InputStream, handle);
    if (stream.condition.ready) return call.answerSkip(stream, length, result >>> 0);
    return stream.guest.suspender.until([stream.condition], () =>
      call.answerSkip(stream, length, result >>> 0),
    );
  });
});

lowerMethod(InputStream, "subscribe", (options) => {
  const handles = Handles.inOrder(options, [Pollable, InputStream]);
  return (handle: number): number =>
    handles.lowerOwn(Pollable, handles.lift(InputStream, handle).subscribe());
});

/** What the functions that read share: the memory, the tables and how an answer is written. */
class ReadCall {
  readonly handles: Handles;
  readonly #memory: GuestMemory;

  constructor(options: LowerOptions) {
    this.handles = Handles.inOrder(options, [IoError, InputStream]);
    this.#memory = new GuestMemory(options);
  }

  /** Moves the bytes from the source straight into memory that the guest allocates for them. */
  answer(stream: InputStream, length: bigint, result: number): void {
    const readable = stream.readable(length);
    if (readable < 0) {
      lowerStreamEnd(this.#memory, this.handles, result, 4, stream);
      return;
    }
    const pointer = this.#memory.allocate(1, readable);
    const count = readable > 0 ? stream.readInto(this.#memory.slice(pointer, readable)) : 0;
    lowerOkList(this.#memory, result, pointer, count);
  }

  answerSkip(stream: InputStream, length: bigint, result: number): void {
    try {
      lowerOkLength(this.#memory, result, Number(stream.skip(BigInt.asUintN(64, length))));
    } catch (error) {
      lowerThrown(this.#memory, this.handles, result, 8, error);
    }
  }
}
