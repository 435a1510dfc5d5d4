import { POLLABLE } from "../io/wit.ts";
import {
  BOOL,
  S32,
  STRING,
  U32,
  U64,
  func,
  own,
  record,
  type WitPackage,
  type WitType,
} from "../wit/wit-type.ts";

const INSTANT: WitType = U64;
export const DURATION: WitType = U64;
export const DATETIME: WitType = record({ seconds: U64, nanoseconds: U32 });
const TIMEZONE_DISPLAY: WitType = record({
  "utc-offset": S32,
  name: STRING,
  "in-daylight-saving-time": BOOL,
});

/** What WIT 0.2 has of `wasi:clocks` for components to import. */
export const CLOCKS: WitPackage = {
  "wasi:clocks/monotonic-clock": {
    functions: {
      now: func([], INSTANT),
      resolution: func([], DURATION),
      "subscribe-instant": func([INSTANT], own(POLLABLE)),
      "subscribe-duration": func([DURATION], own(POLLABLE)),
    },
  },
  "wasi:clocks/timezone": {
    functions: {
      display: func([DATETIME], TIMEZONE_DISPLAY),
      "utc-offset": func([DATETIME], S32),
    },
  },
  "wasi:clocks/wall-clock": {
    functions: {
      now: func([], DATETIME),
      resolution: func([], DATETIME),
    },
  },
};
