import { Script } from "node:vm";
import { type CompiledComponent } from "./compiled-component.ts";
import { EngineError } from "./error.ts";
import { type Interrupt, InterruptLinker, NoInterrupt } from "./interrupt.ts";

/** What the host offers a guest, by interface without version: `wasi:io/poll`, `p3:cli/stdout`. */
export type ImportObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A function of a guest as jco lifts it; exports that may suspend return a promise. */
export type GuestFunction = (...args: unknown[]) => unknown;

/**
 * One instantiation of a component, with memory and state of its own.
 *
 * One call at a time: jco queues a second call of an export that may suspend until the
 * first has returned. After a call that rejected, an instance must never be used again:
 * whatever the guest was in the middle of is still half done in its memory.
 *
 * There is nothing to dispose. An instance in which no call is pending is collected once nobody
 * refers to it. A suspended one is not, even if its promises are garbage: V8 keeps each
 * suspended stack (a megabyte of address space, four mappings) until it has run to an
 * end. So an instance is killed by rejecting the promises that its imports wait for: then its
 * calls reject, and everything is freed. Who drops a guest must settle all of its waits.
 */
export interface Instance {
  /**
   * Interfaces by name without version: `exports["wasi:cli/run"].run()`;
   * functions that the world exports by their camel-case name: `exports.rounds(1)`.
   */
  readonly exports: Readonly<
    Record<string, Readonly<Record<string, GuestFunction>> | GuestFunction>
  >;
}

type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: ImportObject,
  instantiateCore: (
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ) => WebAssembly.Instance,
) => Instance["exports"];

/** A compiled component in the thread that instantiates it. */
export class Component {
  readonly digest: string;
  /** True if there was no code cache or V8 refused it: `createCachedData()` is worth storing. */
  readonly needsCachedData: boolean;
  readonly #compiled: CompiledComponent;
  readonly #script: Script;
  readonly #instantiate: Instantiate;

  constructor(compiled: CompiledComponent) {
    this.digest = compiled.digest;
    this.#compiled = compiled;
    const { cachedData } = compiled;
    this.#script = new Script(compiled.glue, {
      filename: `component-${compiled.digest.slice(0, 12)}.js`,
      ...(cachedData === undefined ? undefined : { cachedData }),
    });
    this.needsCachedData = cachedData === undefined || this.#script.cachedDataRejected === true;
    this.#instantiate = this.#script.runInThisContext();
  }

  /**
   * Makes an instance, synchronously, and runs its start functions. `interrupt` is asked where its code runs for long.
   *
   * @throws EngineError `instantiation` with the cause, if an import is missing, a start
   *   function trapped or tried to suspend.
   */
  instantiate(imports: ImportObject, interrupt: Interrupt = new NoInterrupt()): Instance {
    const linker = new InterruptLinker(interrupt, this.#compiled.memory);
    try {
      const raw = this.#instantiate(
        (name) => this.#module(name),
        imports,
        (module, coreImports) => linker.instantiate(module, coreImports),
      );
      return { exports: toExports(this.#compiled.exports, raw) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EngineError("instantiation", `Cannot instantiate component: ${reason}`, { cause });
    }
  }

  /** V8's code cache for the glue, with all functions compiled so far: best after a first call. */
  createCachedData(): Uint8Array {
    return this.#script.createCachedData();
  }

  #module(name: string): WebAssembly.Module {
    const module = this.#compiled.modules[name];
    if (module === undefined) throw new Error(`there is no core module ${name}`);
    return module;
  }
}

// jco returns each interface twice, as `wasi:cli/run@0.2.12` and as `run`, and functions in
// camel case; the names of the component itself say which is which.
function toExports(names: readonly string[], raw: Instance["exports"]): Instance["exports"] {
  const exports: Record<string, Instance["exports"][string]> = {};
  for (const name of names) {
    const isInterface = name.includes(":");
    const key = isInterface ? name.replace(/@.*$/, "") : toCamelCase(name);
    const value = raw[isInterface ? name : key];
    if (value !== undefined) exports[key] = value;
  }
  return exports;
}

function toCamelCase(kebab: string): string {
  return kebab.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
