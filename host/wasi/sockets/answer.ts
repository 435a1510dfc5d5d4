import { toSocketGuestError } from "../guest-error.ts";

/** Runs the body of a `wasi:sockets` function; a `SocketError` becomes the error case of its result. */
export function answer<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw toSocketGuestError(error);
  }
}
