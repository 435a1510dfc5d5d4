import { SocketError, type SocketErrorCode } from "../../network/error.ts";
import type { GuestMemory } from "../cabi.ts";
import { toErrorCodeIndex } from "./error-code.ts";

/**
 * Writes a `result<…, error-code>` at `pointer`: its case, then, `align` bytes behind it, what `act` puts there
 * or the error-code that it returns or throws. What else it throws is a bug, or a bad handle, and traps the guest.
 */
export function writeResult(
  memory: GuestMemory,
  pointer: number,
  align: number,
  act: (at: number) => SocketErrorCode | undefined,
): void {
  const result = pointer >>> 0;
  const at = result + align;
  let code: SocketErrorCode | undefined;
  try {
    code = act(at);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    code = error.code;
  }
  memory.view.setUint8(result, code === undefined ? 0 : 1);
  if (code !== undefined) memory.view.setUint8(at, toErrorCodeIndex(code));
}
