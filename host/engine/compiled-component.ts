/**
 * A component that is ready to be instantiated in any thread.
 * Structured-cloneable; the native code of `modules` is shared between the threads that receive it.
 */
export interface CompiledComponent {
  /** SHA-256 of the component, in hexadecimal. */
  readonly digest: string;
  /** Interfaces that it imports, as the component names them: `wasi:io/poll@0.2.12`. */
  readonly imports: readonly string[];
  /** Interfaces and functions that it exports, as the component names them: `wasi:cli/run@0.2.12`. */
  readonly exports: readonly string[];
  /** What all linear memories of an instance may hold together, in bytes. */
  readonly memory: number;
  /** jco's core modules by name, `component.core.wasm` and so on, their memories and tables capped. */
  readonly modules: Readonly<Record<string, WebAssembly.Module>>;
  /** jco's glue, patched, as the source of a script whose value is the `instantiate` function. */
  readonly glue: string;
  /** V8's code cache for `glue`; undefined until a cell made one. */
  readonly cachedData: Uint8Array | undefined;
}
