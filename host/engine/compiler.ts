import { createHash, subtle } from "node:crypto";
import { cachedDataVersionTag } from "node:v8";
import { type Artifact, decodeArtifact, encodeArtifact } from "./artifact.ts";
import { type CompiledComponent } from "./compiled-component.ts";
import { CompilerThread } from "./compiler-thread.ts";
import { compilerVersion } from "./compiler-version.ts";
import { readComponentNames } from "./component-names.ts";
import { DiskCache } from "./disk-cache.ts";
import { EngineError } from "./error.ts";
import { LruMap } from "./lru-map.ts";
import { capMemories } from "./memory-cap.ts";
import { ASYNC_EXPORTS, ASYNC_IMPORTS, type TranspileOptions } from "./transpile-options.ts";

export interface CompilerOptions {
  /** Where compiled components are kept across processes; undefined keeps none. */
  readonly cacheDir: string | undefined;
  /** All files there together are no larger, in bytes; 2 GiB if it is not given. */
  readonly cacheCapacity?: number;
  /** Exports that may suspend besides those of WASI 0.2: `interface#function` or `function`. */
  readonly asyncExports?: readonly string[];
  /** Imports that may suspend besides those of WASI 0.2. */
  readonly asyncImports?: readonly string[];
  /** Whether guests can be interrupted; they can if it is not given. Without, they run faster by a little. */
  readonly interrupts?: boolean;
  /** Milliseconds that one component may take; 60 s if it is not given. */
  readonly deadline?: number;
  /** Milliseconds without work after which the compiler's thread ends; 5 s if it is not given. */
  readonly idle?: number;
  /** Told, in a sentence, what does not stop a compile: a cache that cannot be used, code that cannot be interrupted. */
  readonly log?: (message: string) => void;
  /** The program of the compiler's thread, for tests. */
  readonly program?: URL;
}

/** Compiles components for cells; owns one thread and a cache. */
export interface Compiler extends AsyncDisposable {
  /**
   * Compiles a component whose memories may grow to `memory` bytes together, in each of its instances.
   * The same component asked for again, or twice at once, is compiled once.
   *
   * @throws EngineError
   */
  compile(image: Uint8Array, options: { readonly memory: number }): Promise<CompiledComponent>;

  /**
   * Keeps V8's code cache for the glue of a component that this compiler compiled, so that
   * later cells, of this process and the next, load it faster. Best made after the first
   * instance served a call. Ignored for a digest that is not known (any more).
   */
  storeCachedData(digest: string, data: Uint8Array): Promise<void>;
}

/** Makes a compiler; its thread starts with the first component that is not in the cache. */
export function createCompiler(options: CompilerOptions): Compiler {
  return new CachingCompiler(options);
}

const CACHE_CAPACITY = 2 * 2 ** 30;
const DEADLINE_MS = 60_000;
const IDLE_MS = 5_000;

/** Components kept in memory, so that replicas share native code; the disk has the others. */
const COMPILED_MAX = 16;
/** Code caches kept in memory, each of a tenth of a megabyte to one. */
const CODES_MAX = 64;

type Compiled = Omit<CompiledComponent, "cachedData">;

interface Code {
  /** Names the glue: V8 recognises the source of a code cache by its length only. */
  readonly name: string;
  readonly data: Uint8Array | undefined;
}

class CachingCompiler implements Compiler {
  readonly #thread: CompilerThread;
  readonly #disk: DiskCache | undefined;
  readonly #options: TranspileOptions;
  readonly #log: (message: string) => void;
  readonly #compiled = new LruMap<string, Promise<Compiled>>(COMPILED_MAX);
  readonly #codes = new LruMap<string, Code>(CODES_MAX);
  readonly #transpiling = new Map<string, Promise<Artifact>>();
  #version: string | undefined;

  constructor(options: CompilerOptions) {
    this.#thread = new CompilerThread({
      deadline: options.deadline ?? DEADLINE_MS,
      idle: options.idle ?? IDLE_MS,
      ...(options.program === undefined ? undefined : { program: options.program }),
    });
    this.#log = options.log ?? (() => undefined);
    this.#disk =
      options.cacheDir === undefined
        ? undefined
        : new DiskCache({
            directory: options.cacheDir,
            capacity: options.cacheCapacity ?? CACHE_CAPACITY,
            log: this.#log,
          });
    this.#options = {
      asyncImports: [...ASYNC_IMPORTS, ...(options.asyncImports ?? [])],
      asyncExports: [...ASYNC_EXPORTS, ...(options.asyncExports ?? [])],
      interrupts: options.interrupts ?? true,
    };
  }

  async compile(
    image: Uint8Array,
    { memory }: { readonly memory: number },
  ): Promise<CompiledComponent> {
    // Refuses what is no component, or too large, before anything is spent on it.
    readComponentNames(image);
    const bytes = new Uint8Array(image);
    const digest = Buffer.from(await subtle.digest("SHA-256", bytes)).toString("hex");
    const key = `${digest} ${memory}`;
    let promise = this.#compiled.get(key);
    if (promise === undefined) {
      promise = this.#compile(digest, bytes, memory);
      this.#compiled.set(key, promise);
      promise.catch(() => this.#compiled.delete(key));
    }
    const compiled = await promise;
    const code = this.#codes.get(digest) ?? (await this.#readCode(compiled));
    return { ...compiled, cachedData: code.data };
  }

  async storeCachedData(digest: string, data: Uint8Array): Promise<void> {
    const name = this.#codes.get(digest)?.name;
    if (name === undefined) return;
    // A copy: what arrives from a cell may be part of a larger buffer.
    const copy = new Uint8Array(data);
    this.#codes.set(digest, { name, data: copy });
    await this.#disk?.write(name, copy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  async #compile(digest: string, image: Uint8Array, memory: number): Promise<Compiled> {
    let transpiling = this.#transpiling.get(digest);
    if (transpiling === undefined) {
      transpiling = this.#transpile(digest, image);
      this.#transpiling.set(digest, transpiling);
    }
    try {
      const artifact = await transpiling;
      const { imports, exports, glue, notes } = artifact;
      for (const note of notes) this.#log(`Component ${digest.slice(0, 12)}: ${note}`);
      const modules = await compileModules(artifact, memory);
      return { digest, imports, exports, glue, memory, modules };
    } finally {
      this.#transpiling.delete(digest);
    }
  }

  async #transpile(digest: string, image: Uint8Array): Promise<Artifact> {
    this.#version ??= compilerVersion();
    const name = hash(digest, this.#version, JSON.stringify(this.#options));
    const bytes = await this.#disk?.read(name);
    if (bytes !== undefined) return decodeArtifact(bytes);
    const artifact = await this.#thread.transpile(image, this.#options);
    await this.#disk?.write(name, encodeArtifact(artifact));
    return artifact;
  }

  async #readCode({ digest, glue }: Compiled): Promise<Code> {
    const name = `${hash(glue, String(cachedDataVersionTag()))}-code`;
    const code = { name, data: await this.#disk?.read(name) };
    this.#codes.set(digest, code);
    return code;
  }
}

async function compileModules(
  { cores, instances, asksToGrow }: Artifact,
  memory: number,
): Promise<CompiledComponent["modules"]> {
  const capped = capMemories(cores, { limit: memory, instances, asksToGrow });
  const compiled = [...capped].map(async ([name, bytes]) => {
    try {
      return [name, await WebAssembly.compile(bytes)] as const;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EngineError("invalid-component", `Core module is not valid: ${reason}`, { cause });
    }
  });
  return Object.fromEntries(await Promise.all(compiled));
}

function hash(...parts: readonly string[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${part.length}:`).update(part);
  return sum.digest("hex");
}
