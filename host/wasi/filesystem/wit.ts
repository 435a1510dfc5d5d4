import { DATETIME } from "../clocks/wit.ts";
import { ERROR, INPUT_STREAM, OUTPUT_STREAM } from "../io/wit.ts";
import {
  BOOL,
  STRING,
  U64,
  U8,
  borrow,
  enumeration,
  flags,
  func,
  list,
  method,
  option,
  own,
  record,
  result,
  tuple,
  variant,
  type WitPackage,
  type WitType,
} from "../wit/wit-type.ts";

const DESCRIPTOR = "wasi:filesystem/types/descriptor";
const ERROR_CODE: WitType = enumeration(
  "access",
  "would-block",
  "already",
  "bad-descriptor",
  "busy",
  "deadlock",
  "quota",
  "exist",
  "file-too-large",
  "illegal-byte-sequence",
  "in-progress",
  "interrupted",
  "invalid",
  "io",
  "is-directory",
  "loop",
  "too-many-links",
  "message-size",
  "name-too-long",
  "no-device",
  "no-entry",
  "no-lock",
  "insufficient-memory",
  "insufficient-space",
  "not-directory",
  "not-empty",
  "not-recoverable",
  "unsupported",
  "no-tty",
  "no-such-device",
  "overflow",
  "not-permitted",
  "pipe",
  "read-only",
  "invalid-seek",
  "text-file-busy",
  "cross-device",
);
const FILESIZE: WitType = U64;
const ADVICE: WitType = enumeration(
  "normal",
  "sequential",
  "random",
  "will-need",
  "dont-need",
  "no-reuse",
);
const DESCRIPTOR_FLAGS: WitType = flags(
  "read",
  "write",
  "file-integrity-sync",
  "data-integrity-sync",
  "requested-write-sync",
  "mutate-directory",
);
const DESCRIPTOR_TYPE: WitType = enumeration(
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "fifo",
  "symbolic-link",
  "regular-file",
  "socket",
);
const NEW_TIMESTAMP: WitType = variant({
  "no-change": undefined,
  now: undefined,
  timestamp: DATETIME,
});
const DIRECTORY_ENTRY_STREAM = "wasi:filesystem/types/directory-entry-stream";
const LINK_COUNT: WitType = U64;
const DESCRIPTOR_STAT: WitType = record({
  type: DESCRIPTOR_TYPE,
  "link-count": LINK_COUNT,
  size: FILESIZE,
  "data-access-timestamp": option(DATETIME),
  "data-modification-timestamp": option(DATETIME),
  "status-change-timestamp": option(DATETIME),
});
const PATH_FLAGS: WitType = flags("symlink-follow");
const OPEN_FLAGS: WitType = flags("create", "directory", "exclusive", "truncate");
const METADATA_HASH_VALUE: WitType = record({ lower: U64, upper: U64 });
const DIRECTORY_ENTRY: WitType = record({ type: DESCRIPTOR_TYPE, name: STRING });

/** What WIT 0.2 has of `wasi:filesystem` for components to import. */
export const FILESYSTEM: WitPackage = {
  "wasi:filesystem/preopens": {
    functions: {
      "get-directories": func([], list(tuple(own(DESCRIPTOR), STRING))),
    },
  },
  "wasi:filesystem/types": {
    functions: {
      "filesystem-error-code": func([borrow(ERROR)], option(ERROR_CODE)),
    },
    resources: {
      descriptor: {
        "read-via-stream": method([FILESIZE], result(own(INPUT_STREAM), ERROR_CODE)),
        "write-via-stream": method([FILESIZE], result(own(OUTPUT_STREAM), ERROR_CODE)),
        "append-via-stream": method([], result(own(OUTPUT_STREAM), ERROR_CODE)),
        advise: method([FILESIZE, FILESIZE, ADVICE], result(undefined, ERROR_CODE)),
        "sync-data": method([], result(undefined, ERROR_CODE)),
        "get-flags": method([], result(DESCRIPTOR_FLAGS, ERROR_CODE)),
        "get-type": method([], result(DESCRIPTOR_TYPE, ERROR_CODE)),
        "set-size": method([FILESIZE], result(undefined, ERROR_CODE)),
        "set-times": method([NEW_TIMESTAMP, NEW_TIMESTAMP], result(undefined, ERROR_CODE)),
        read: method([FILESIZE, FILESIZE], result(tuple(list(U8), BOOL), ERROR_CODE)),
        write: method([list(U8), FILESIZE], result(FILESIZE, ERROR_CODE)),
        "read-directory": method([], result(own(DIRECTORY_ENTRY_STREAM), ERROR_CODE)),
        sync: method([], result(undefined, ERROR_CODE)),
        "create-directory-at": method([STRING], result(undefined, ERROR_CODE)),
        stat: method([], result(DESCRIPTOR_STAT, ERROR_CODE)),
        "stat-at": method([PATH_FLAGS, STRING], result(DESCRIPTOR_STAT, ERROR_CODE)),
        "set-times-at": method(
          [PATH_FLAGS, STRING, NEW_TIMESTAMP, NEW_TIMESTAMP],
          result(undefined, ERROR_CODE),
        ),
        "link-at": method(
          [PATH_FLAGS, STRING, borrow(DESCRIPTOR), STRING],
          result(undefined, ERROR_CODE),
        ),
        "open-at": method(
          [PATH_FLAGS, STRING, OPEN_FLAGS, DESCRIPTOR_FLAGS],
          result(own(DESCRIPTOR), ERROR_CODE),
        ),
        "readlink-at": method([STRING], result(STRING, ERROR_CODE)),
        "remove-directory-at": method([STRING], result(undefined, ERROR_CODE)),
        "rename-at": method([STRING, borrow(DESCRIPTOR), STRING], result(undefined, ERROR_CODE)),
        "symlink-at": method([STRING, STRING], result(undefined, ERROR_CODE)),
        "unlink-file-at": method([STRING], result(undefined, ERROR_CODE)),
        "is-same-object": method([borrow(DESCRIPTOR)], BOOL),
        "metadata-hash": method([], result(METADATA_HASH_VALUE, ERROR_CODE)),
        "metadata-hash-at": method([PATH_FLAGS, STRING], result(METADATA_HASH_VALUE, ERROR_CODE)),
      },
      "directory-entry-stream": {
        "read-directory-entry": method([], result(option(DIRECTORY_ENTRY), ERROR_CODE)),
      },
    },
  },
};
