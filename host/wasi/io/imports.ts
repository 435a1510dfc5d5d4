import { bindFunction, bindResource } from "../binding.ts";
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
  "wasi:io/error": { Error: bindResource(IoError) },
  "wasi:io/poll": { Pollable: bindResource(Pollable), poll: bindFunction(poll) },
  "wasi:io/streams": {
    InputStream: bindResource(InputStream),
    OutputStream: bindResource(OutputStream),
  },
};
