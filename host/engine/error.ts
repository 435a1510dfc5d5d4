import { cutMessage } from "../../policy/cut-text.ts";

/**
 * Why a component could not be compiled, instantiated or leased.
 *
 * - `not-wasm`, `core-module`, `truncated`, `too-large`, `invalid-component`: the image is at fault.
 * - `unsupported`: the image is valid but uses what this engine does not run (shared memories, …).
 * - `memory-limit`: the image needs more memory, or larger tables, from the start than it may have.
 * - `glue-changed`: jco generates other code than our patches expect; a fault of this build of Islet.
 * - `compiler-crashed`, `compiler-timeout`, `compiler-busy`: the compiler gave up on this image only.
 * - `instantiation`: the start of an instance failed.
 * - `pool-exhausted`: too many calls are waiting for an instance.
 * - `closed`: the compiler or pool was disposed.
 */
export type EngineErrorCode =
  | "not-wasm"
  | "core-module"
  | "truncated"
  | "too-large"
  | "invalid-component"
  | "unsupported"
  | "memory-limit"
  | "glue-changed"
  | "compiler-crashed"
  | "compiler-timeout"
  | "compiler-busy"
  | "instantiation"
  | "pool-exhausted"
  | "closed";

/**
 * An error of the engine; the message says what could not be done and why. It may quote names of an image and what its
 * start functions threw, which may be of any length.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(cutMessage(message), options);
    this.code = code;
  }
}
