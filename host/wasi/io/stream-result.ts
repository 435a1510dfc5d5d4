import type { GuestMemory } from "../cabi.ts";
import type { Handles } from "../cabi-handle.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { IoError } from "./error.ts";
import type { StreamError } from "./stream-error.ts";

const OK = 0;
const ERR = 1;
const LAST_OPERATION_FAILED = 0;
const CLOSED = 1;

/** A stream as far as its end goes. */
interface Endable {
  readonly guest: Guest;
  takeFailure(): Error | undefined;
}

/** Writes `result<list<u8>, stream-error>` for a list that is in the guest's memory already. */
export function lowerOkList(
  memory: GuestMemory,
  result: number,
  pointer: number,
  length: number,
): void {
  const { view } = memory;
  view.setUint8(result, OK);
  view.setUint32(result + 4, pointer, true);
  view.setUint32(result + 8, length, true);
}

/** Writes `result<u64, stream-error>`; `value` is an integer below 2^32. */
export function lowerOkLength(memory: GuestMemory, result: number, value: number): void {
  const { view } = memory;
  view.setUint8(result, OK);
  view.setUint32(result + 8, value, true);
  view.setUint32(result + 12, 0, true);
}

/** Writes the good case of `result<_, stream-error>`. */
export function lowerOk(memory: GuestMemory, result: number): void {
  memory.view.setUint8(result, OK);
}

/**
 * Writes the stream-error for a stream at its end. The payload of a `result` starts at `offset`:
 * 8 for one with a u64, else 4.
 */
export function lowerStreamEnd(
  memory: GuestMemory,
  handles: Handles,
  result: number,
  offset: 4 | 8,
  stream: Endable,
): void {
  const failure = stream.takeFailure();
  const error = failure === undefined ? undefined : new IoError(stream.guest, failure);
  lowerError(memory, handles, result, offset, error);
}

/** Writes the stream-error that a stream's method threw; anything else that was thrown goes on and traps. */
export function lowerThrown(
  memory: GuestMemory,
  handles: Handles,
  result: number,
  offset: 4 | 8,
  thrown: unknown,
): void {
  if (!isStreamError(thrown)) throw thrown;
  const { payload } = thrown;
  const error = payload.tag === "closed" ? undefined : payload.val;
  lowerError(memory, handles, result, offset, error);
}

function lowerError(
  memory: GuestMemory,
  handles: Handles,
  result: number,
  offset: 4 | 8,
  error: IoError | undefined,
): void {
  const { view } = memory;
  view.setUint8(result, ERR);
  if (error === undefined) {
    view.setUint8(result + offset, CLOSED);
    return;
  }
  view.setUint8(result + offset, LAST_OPERATION_FAILED);
  view.setUint32(result + offset + 4, handles.lowerOwn(IoError, error), true);
}

function isStreamError(thrown: unknown): thrown is GuestError<StreamError> {
  return thrown instanceof GuestError;
}
