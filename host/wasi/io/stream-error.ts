import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { IoError } from "./error.ts";

/** `wasi:io/streams.stream-error`. */
export type StreamError =
  | { readonly tag: "last-operation-failed"; readonly val: IoError }
  | { readonly tag: "closed" };

/** What a stream method throws at the end of its stream: `last-operation-failed` with a failure, else `closed`. */
export function streamGuestError(
  guest: Guest,
  failure: Error | undefined,
): GuestError<StreamError> {
  return failure === undefined
    ? new GuestError({ tag: "closed" })
    : new GuestError({ tag: "last-operation-failed", val: new IoError(guest, failure) });
}
