import { Worker } from "node:worker_threads";
import { type Artifact } from "./artifact.ts";
import { type CompileReply, type CompileRequest } from "./compiler-protocol.ts";
import { EngineError } from "./error.ts";
import { type TranspileOptions } from "./transpile-options.ts";

export interface CompilerThreadOptions {
  /** A compile that takes longer, in milliseconds, is given up and its thread ended. */
  readonly deadline: number;
  /** The thread ends after as many milliseconds without work; it holds 100 to 300 MB. */
  readonly idle: number;
  /** The program of the thread, for tests; it answers `CompileRequest` by `CompileReply`. */
  readonly program?: URL;
}

interface Job {
  readonly request: CompileRequest;
  readonly resolve: (artifact: Artifact) => void;
  readonly reject: (error: EngineError) => void;
}

/** Components that may wait for the thread; a manifest directory has far fewer. */
const QUEUE_MAX = 1024;
const PROGRAM = new URL("./compiler-worker.ts", import.meta.url);

/**
 * The thread that transpiles: started by the first job, ended when idle, replaced when it
 * crashes or exceeds the deadline, at the cost of the one job that was in it.
 */
export class CompilerThread implements AsyncDisposable {
  readonly #options: CompilerThreadOptions;
  readonly #queue: Job[] = [];
  #worker: Worker | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CompilerThreadOptions) {
    this.#options = options;
  }

  /** True while there is a thread. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Transpiles `image`, after what was asked for before.
   *
   * @throws EngineError of `transpile`, or `compiler-crashed`, `compiler-timeout`,
   *   `compiler-busy`, `closed`.
   */
  transpile(image: Uint8Array, options: TranspileOptions): Promise<Artifact> {
    if (this.#closed) return Promise.reject(closedError());
    if (QUEUE_MAX <= this.#queue.length) {
      return Promise.reject(
        new EngineError(
          "compiler-busy",
          `Cannot compile: ${this.#queue.length} components are waiting already`,
        ),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<Artifact>();
    this.#queue.push({ request: { image, options }, resolve, reject });
    this.#next();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const jobs = this.#queue.splice(0);
    if (this.#current !== undefined) jobs.unshift(this.#current);
    this.#current = undefined;
    for (const job of jobs) job.reject(closedError());
    await this.#end();
  }

  #next(): void {
    if (this.#closed || this.#current !== undefined) return;
    const job = this.#queue.shift();
    clearTimeout(this.#timer);
    if (job === undefined) {
      this.#timer = setTimeout(() => void this.#end(), this.#options.idle).unref();
      this.#worker?.unref();
      return;
    }
    this.#current = job;
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const { deadline } = this.#options;
    this.#timer = setTimeout(() => {
      this.#fail(new EngineError("compiler-timeout", `Compiling took longer than ${deadline} ms`));
    }, deadline);
    // A copy that the worker owns: the caller's bytes may be part of a larger buffer.
    const image = new Uint8Array(job.request.image);
    worker.postMessage({ ...job.request, image } satisfies CompileRequest, [image.buffer]);
  }

  #start(): Worker {
    // jco prints a backtrace for people who build jco when it gives up; the error has the reason.
    const worker = new Worker(this.#options.program ?? PROGRAM, {
      name: "islet-compiler",
      stderr: true,
    });
    worker.stderr.resume();
    worker.on("message", (reply: CompileReply) => {
      if (this.#worker === worker) this.#settle(reply);
    });
    const crashed = (reason: string): void => {
      if (this.#worker !== worker) return;
      this.#fail(new EngineError("compiler-crashed", `The compiler crashed: ${reason}`));
    };
    worker.on("error", (error: unknown) => {
      crashed(error instanceof Error ? error.message : String(error));
    });
    worker.on("exit", (code) => crashed(`exit code ${code}`));
    return worker;
  }

  #settle(reply: CompileReply): void {
    const job = this.#current;
    this.#current = undefined;
    if (reply.tag === "ok") job?.resolve(reply.artifact);
    else job?.reject(new EngineError(reply.code, reply.message));
    if (reply.tag === "err" && reply.fatal) void this.#end();
    this.#next();
  }

  #fail(error: EngineError): void {
    const job = this.#current;
    this.#current = undefined;
    void this.#end();
    job?.reject(error);
    this.#next();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function closedError(): EngineError {
  return new EngineError("closed", "Cannot compile: the compiler is closed");
}
