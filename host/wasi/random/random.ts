import {
  insecure as shimInsecure,
  random as shimRandom,
} from "@bytecodealliance/preview2-shim/random";
import { checkU64 } from "../check-argument.ts";

/** `wasi:random/random`: bytes from the operating system's generator. */
export const random: { getRandomBytes(len: bigint): Uint8Array; getRandomU64(): bigint } = {
  getRandomBytes: (len) => shimRandom.getRandomBytes(checkLength(len)),
  getRandomU64: () => shimRandom.getRandomU64(),
};

/** `wasi:random/insecure`: the same bytes, which are better than it asks for. */
export const insecure: {
  getInsecureRandomBytes(len: bigint): Uint8Array;
  getInsecureRandomU64(): bigint;
} = {
  getInsecureRandomBytes: (len) => shimInsecure.getInsecureRandomBytes(checkLength(len)),
  getInsecureRandomU64: () => shimInsecure.getInsecureRandomU64(),
};

/**
 * `wasi:random/insecure-seed`, fresh at each call.
 * preview2-shim gives the whole thread one seed, so a guest could learn how its neighbour hashes.
 */
export const insecureSeed: { insecureSeed(): [bigint, bigint] } = {
  insecureSeed: () => [shimRandom.getRandomU64(), shimRandom.getRandomU64()],
};

/** The most bytes that one call returns. WIT has no way to return fewer, so a call for more traps. */
export const RANDOM_BYTES_MAX = 16_777_216n;

function checkLength(len: bigint): bigint {
  // The bytes pass through the host's memory, which no guest may fill.
  if (checkU64(len) > RANDOM_BYTES_MAX) {
    throw new RangeError(
      `Cannot return ${len} random bytes: one call returns at most ${RANDOM_BYTES_MAX}`,
    );
  }
  return len;
}
