import { utimesSync } from "node:fs";
import type { NewTimestamp } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { descriptorPath } from "./descriptor-path.ts";
import { FilesystemError } from "./error.ts";

/** Sets the times of what `fd` has open, be it a link. */
export function setTimes(fd: number, access: NewTimestamp, modification: NewTimestamp): void {
  const now = Date.now();
  utimesSync(descriptorPath(fd), toFileTime(access, now), toFileTime(modification, now));
}

/**
 * A time for `utimes` and its kin, which take seconds as a floating-point number: times of this century
 * are set to within a microsecond.
 * WIT, of `no-change`: "Leave the timestamp set to its previous value."
 */
function toFileTime(timestamp: NewTimestamp, now: number): Date | number {
  switch (timestamp.tag) {
    case "no-change":
      return UNCHANGED;
    case "now":
      return now / 1000;
    case "timestamp": {
      const { seconds, nanoseconds } = timestamp.val;
      if (nanoseconds >= 1_000_000_000) {
        throw new FilesystemError("invalid", "The nanoseconds of a time are a second or more");
      }
      if (seconds > SECONDS_MAX) {
        throw new FilesystemError("overflow", "The time is later than file systems can say");
      }
      return Number(seconds) + nanoseconds / 1e9;
    }
  }
}

/** Node hands the NaN in it to libuv, for which it means `UTIME_OMIT`. */
const UNCHANGED = new Date(Number.NaN);

/** The last second that a signed number of 64 bits has nanoseconds for, in the year 2262. */
const SECONDS_MAX = 9_223_372_036n;
