// The few functions of WASI that the prelude calls; guests see the whole of it in their own types/.

declare module "wasi:cli/stdout@0.2.12" {
  import type { OutputStream } from "wasi:io/streams@0.2.12";
  export function getStdout(): OutputStream;
}
declare module "wasi:cli/stderr@0.2.12" {
  import type { OutputStream } from "wasi:io/streams@0.2.12";
  export function getStderr(): OutputStream;
}
declare module "wasi:io/streams@0.2.12" {
  export interface OutputStream extends Disposable {
    blockingWriteAndFlush(contents: Uint8Array): void;
  }
}
