/**
 * The functions of WASI 0.2 that block: those suspend the guest's stack until the host's
 * promise settles. Everything else returns at once; sockets, HTTP and clocks are
 * non-blocking and are waited for through `poll`.
 */
export const ASYNC_IMPORTS: readonly string[] = [
  "wasi:io/poll#poll",
  "wasi:io/poll#[method]pollable.block",
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
  "wasi:io/streams#[method]output-stream.blocking-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-splice",
];

/** The exports of WASI 0.2 whose callers wait: their stacks may be suspended. */
export const ASYNC_EXPORTS: readonly string[] = [
  "wasi:cli/run#run",
  "wasi:http/incoming-handler#handle",
];

/** What decides, besides the image, what the compiler makes of it. */
export interface TranspileOptions {
  /** Imports that may suspend, as jco names them; `ASYNC_IMPORTS` and what a test adds. */
  readonly asyncImports: readonly string[];
  /** Exports that may be suspended: `interface#function`, or `function` at world level. */
  readonly asyncExports: readonly string[];
  /** Whether its code is instrumented so that it can be interrupted; not where it is not given. */
  readonly interrupts?: boolean;
}

/**
 * Where jco shall look for each import that would collide otherwise: import objects have
 * keys without versions, and WASI 0.2 and 0.3 share names. `wasi:cli/stdout@0.3.0`
 * becomes `p3:cli/stdout`.
 */
export function toImportMap(imports: readonly string[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const name of imports) {
    const match = /^wasi:([^@]+)@0\.3\./.exec(name);
    if (match?.[1] !== undefined) map[name] = `p3:${match[1]}`;
  }
  return map;
}
