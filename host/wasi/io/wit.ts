import {
  BOOL,
  STRING,
  U32,
  U64,
  U8,
  borrow,
  func,
  list,
  method,
  own,
  result,
  variant,
  type WitPackage,
  type WitType,
} from "../wit/wit-type.ts";

export const ERROR: string = "wasi:io/error/error";
export const POLLABLE: string = "wasi:io/poll/pollable";
export const INPUT_STREAM: string = "wasi:io/streams/input-stream";
export const OUTPUT_STREAM: string = "wasi:io/streams/output-stream";

const STREAM_ERROR: WitType = variant({ "last-operation-failed": own(ERROR), closed: undefined });

/** What WIT 0.2 has of `wasi:io` for components to import. */
export const IO: WitPackage = {
  "wasi:io/error": {
    resources: {
      error: {
        "to-debug-string": method([], STRING),
      },
    },
  },
  "wasi:io/poll": {
    functions: {
      poll: func([list(borrow(POLLABLE))], list(U32)),
    },
    resources: {
      pollable: {
        ready: method([], BOOL),
        block: method([]),
      },
    },
  },
  "wasi:io/streams": {
    resources: {
      "input-stream": {
        read: method([U64], result(list(U8), STREAM_ERROR)),
        "blocking-read": method([U64], result(list(U8), STREAM_ERROR)),
        skip: method([U64], result(U64, STREAM_ERROR)),
        "blocking-skip": method([U64], result(U64, STREAM_ERROR)),
        subscribe: method([], own(POLLABLE)),
      },
      "output-stream": {
        "check-write": method([], result(U64, STREAM_ERROR)),
        write: method([list(U8)], result(undefined, STREAM_ERROR)),
        "blocking-write-and-flush": method([list(U8)], result(undefined, STREAM_ERROR)),
        flush: method([], result(undefined, STREAM_ERROR)),
        "blocking-flush": method([], result(undefined, STREAM_ERROR)),
        subscribe: method([], own(POLLABLE)),
        "write-zeroes": method([U64], result(undefined, STREAM_ERROR)),
        "blocking-write-zeroes-and-flush": method([U64], result(undefined, STREAM_ERROR)),
        splice: method([borrow(INPUT_STREAM), U64], result(U64, STREAM_ERROR)),
        "blocking-splice": method([borrow(INPUT_STREAM), U64], result(U64, STREAM_ERROR)),
      },
    },
  },
};
