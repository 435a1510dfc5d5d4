/** The fast paths of `wasi:io/poll`; importing this module attaches them. */
import { GuestMemory, lowerFunction, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { poll, pollThen } from "./poll.ts";
import { Pollable } from "./pollable.ts";

/** More pollables than this in one list trap: they are host memory that a guest makes up with one number each. */
const POLL_MAX = 1 << 16;

lowerMethod(Pollable, "ready", (options) => {
  const handles = Handles.inOrder(options, [Pollable]);
  return (handle: number): number => (handles.lift(Pollable, handle).ready() ? 1 : 0);
});

lowerMethod(Pollable, "block", (options) => {
  const handles = Handles.inOrder(options, [Pollable]);
  return new WebAssembly.Suspending((handle: number) => handles.lift(Pollable, handle).block());
});

lowerFunction(poll, (options) => {
  const memory = new GuestMemory(options);
  const handles = Handles.inOrder(options, [Pollable]);
  return new WebAssembly.Suspending((pointer: number, length: number, result: number) => {
    const list = liftList(memory, handles, pointer >>> 0, length >>> 0);
    return pollThen(list, (ready) => lowerIndexes(memory, ready, result >>> 0));
  });
});

function liftList(
  memory: GuestMemory,
  handles: Handles,
  pointer: number,
  length: number,
): Pollable[] {
  if (length > POLL_MAX) throw new RangeError(`Cannot poll ${length} pollables at once`);
  if (pointer % 4 !== 0) throw new RangeError("Cannot read a list: its pointer is misaligned");
  const { view } = memory;
  const list: Pollable[] = [];
  for (let index = 0; index < length; index += 1) {
    list.push(handles.lift(Pollable, view.getUint32(pointer + index * 4, true)));
  }
  return list;
}

function lowerIndexes(memory: GuestMemory, indexes: readonly number[], result: number): void {
  const pointer = memory.allocate(4, indexes.length * 4);
  const { view } = memory;
  let at = pointer;
  for (const index of indexes) {
    view.setUint32(at, index, true);
    at += 4;
  }
  view.setUint32(result, pointer, true);
  view.setUint32(result + 4, indexes.length, true);
}
