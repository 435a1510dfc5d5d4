import { SocketError } from "../../network/error.ts";
import { checkU64 } from "../check-argument.ts";

/** The value of a socket option that is in force when a guest asked for `value`. Throws `invalid-argument` for 0. */
export function clampOption(option: string, value: bigint, least: bigint, most: bigint): bigint {
  if (checkU64(value) === 0n) {
    throw new SocketError("invalid-argument", `Cannot set ${option} to 0: it must be at least 1`);
  }
  if (value < least) return least;
  return value > most ? most : value;
}
