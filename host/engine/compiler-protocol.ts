import { type Artifact } from "./artifact.ts";
import { type EngineErrorCode } from "./error.ts";
import { type TranspileOptions } from "./transpile-options.ts";

/** What the main thread asks of the compiler worker, one at a time. */
export interface CompileRequest {
  readonly image: Uint8Array;
  readonly options: TranspileOptions;
}

/** The worker's answer. */
export type CompileReply =
  | { readonly tag: "ok"; readonly artifact: Artifact }
  | {
      readonly tag: "err";
      readonly code: EngineErrorCode;
      readonly message: string;
      /** True if jco itself failed: its instance may be poisoned, so the thread must be replaced. */
      readonly fatal: boolean;
    };
