/**
 * The part of the WebAssembly JavaScript interface that Islet uses, JSPI included
 * (https://webassembly.github.io/js-promise-integration/): Node's types have none of it,
 * and TypeScript's `dom` library would bring a browser's globals along.
 */
declare namespace WebAssembly {
  type ExternKind = "function" | "global" | "memory" | "table" | "tag";

  class Module {
    constructor(bytes: Uint8Array);
    static exports(module: Module): { readonly name: string; readonly kind: ExternKind }[];
    static imports(
      module: Module,
    ): { readonly module: string; readonly name: string; readonly kind: ExternKind }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class Memory {
    constructor(descriptor: {
      readonly initial: number | bigint;
      readonly maximum?: number | bigint | undefined;
      readonly shared?: boolean;
      readonly address?: "i32" | "i64";
    });
    /** A new object after each growth; the old one is detached. A shared one is a `SharedArrayBuffer`. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}

  /** An import that suspends the calling WebAssembly stack until its promise settles. */
  class Suspending {
    constructor(implementation: (...args: never[]) => unknown);
  }

  /** Makes an export that returns a promise and whose stack may be suspended. */
  function promising(
    exported: (...args: never[]) => unknown,
  ): (...args: unknown[]) => Promise<unknown>;

  function compile(bytes: Uint8Array): Promise<Module>;
  function validate(bytes: Uint8Array): boolean;
}
