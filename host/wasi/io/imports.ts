import { bareInterface, bindFunction, bindResource } from "../binding.ts";
import { IoError } from "./error.ts";
import { InputStream } from "./input-stream.ts";
import { OutputStream } from "./output-stream.ts";
import { poll } from "./poll.ts";
import { Pollable } from "./pollable.ts";
import "./input-stream-abi.ts";
import "./output-stream-abi.ts";
import "./pollable-abi.ts";

/**
 * `wasi:io`, all of 0.2.x. Nothing in it belongs to one guest: streams and pollables know theirs,
 * so every instance imports the same functions.
 */
export const ioImports: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "wasi:io/error": bareInterface({ Error: bindResource(IoError, ["toDebugString"]) }),
  "wasi:io/poll": bareInterface({
    Pollable: bindResource(Pollable, ["ready", "block"]),
    poll: bindFunction(poll),
  }),
  "wasi:io/streams": bareInterface({
    InputStream: bindResource(InputStream, [
      "read",
      "blockingRead",
      "skip",
      "blockingSkip",
      "subscribe",
    ]),
    OutputStream: bindResource(OutputStream, [
      "checkWrite",
      "write",
      "blockingWriteAndFlush",
      "flush",
      "blockingFlush",
      "subscribe",
      "writeZeroes",
      "blockingWriteZeroesAndFlush",
      "splice",
      "blockingSplice",
    ]),
  }),
};
