import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ComponentizeError, type ComponentizeErrorCode } from "./componentize-error.ts";

/** A guest of a project: the module `src/<guest>.ts` and the world `<guest>` of `wit/`. */
interface GuestSource {
  readonly projectDir: string;
  readonly guest: string;
}

/** Makes components from TypeScript, in a process of its own: the caller's thread stays free. */
export interface Componentizer extends AsyncDisposable {
  /**
   * Writes the declarations of all worlds of a project to its `types/`, for editors and `tsc`.
   *
   * @throws ComponentizeError `wit-invalid`.
   */
  generateTypes(projectDir: string): Promise<void>;
  /**
   * Bundles a guest, links it with QuickJS and returns the component; calls run side by side.
   * WASI is at hand: a project has no copies of its WIT.
   *
   * @throws ComponentizeError with what the guest's author can do about it.
   */
  componentize(source: GuestSource): Promise<Uint8Array>;
}

/** What the builder's process is asked for. */
export type BuilderTask =
  | { readonly tag: "types"; readonly projectDir: string }
  | ({ readonly tag: "componentize" } & GuestSource);

/** A message to the builder's process; `workDir` is for its temporary files. */
export interface BuilderRequest {
  readonly id: number;
  readonly task: BuilderTask;
  readonly workDir: string;
}

/** A message from the builder's process. */
export type BuilderReply =
  | { readonly id: number; readonly tag: "done"; readonly result: Uint8Array | undefined }
  | {
      readonly id: number;
      readonly tag: "error";
      readonly code: ComponentizeErrorCode;
      readonly message: string;
    };

/** Milliseconds for one task. A guest's top level may loop for ever, and it runs when the component is made. */
const DEADLINE = 120_000;

const PROGRAM = fileURLToPath(new URL("./componentize-process.ts", import.meta.url));

/** The process starts with the first call, and ends when the componentizer is disposed. */
export function createComponentizer(options: { readonly deadline?: number } = {}): Componentizer {
  return new BuilderProcess(options.deadline ?? DEADLINE);
}

class BuilderProcess implements Componentizer {
  readonly #deadline: number;
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array | undefined>>();
  #nextId = 0;
  #started: Promise<{ readonly child: ChildProcess; readonly workDir: string }> | undefined;

  constructor(deadline: number) {
    this.#deadline = deadline;
  }

  async generateTypes(projectDir: string): Promise<void> {
    await this.#perform({ tag: "types", projectDir: resolve(projectDir) });
  }

  async componentize({ projectDir, guest }: GuestSource): Promise<Uint8Array> {
    const result = await this.#perform({
      tag: "componentize",
      projectDir: resolve(projectDir),
      guest,
    });
    if (result === undefined)
      throw new ComponentizeError("engine-failed", "The builder made nothing");
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#started === undefined) return;
    const { child, workDir } = await this.#started;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    await rm(workDir, { recursive: true, force: true });
  }

  async #perform(task: BuilderTask): Promise<Uint8Array | undefined> {
    const { child, workDir } = await (this.#started ??= this.#start());
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<Uint8Array | undefined>();
    this.#waiting.set(id, waiting);
    const subject = task.tag === "types" ? "wit/" : `src/${task.guest}.ts`;
    const timer = setTimeout(() => {
      const seconds = this.#deadline / 1000;
      const message = `${subject}: not built after ${seconds} s; does its top level end?`;
      waiting.reject(new ComponentizeError("timeout", message));
    }, this.#deadline);
    try {
      child.send({ id, task, workDir } satisfies BuilderRequest, (error) => {
        if (error !== null) waiting.reject(new ComponentizeError("engine-failed", error.message));
      });
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  async #start(): Promise<{ child: ChildProcess; workDir: string }> {
    const workDir = await mkdtemp(join(await realpath(tmpdir()), "islet-componentize-"));
    const child = fork(PROGRAM, {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const output = lastOutput(child);
    child.on("message", (reply: BuilderReply) => this.#settle(reply));
    child.on("error", (cause) => this.#fail(cause.message));
    child.on("exit", (code, signal) => {
      this.#fail(`The builder ended with ${signal ?? `exit code ${code}`}. ${output()}`.trimEnd());
    });
    return { child, workDir };
  }

  #settle(reply: BuilderReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (reply.tag === "done") waiting?.resolve(reply.result);
    else waiting?.reject(new ComponentizeError(reply.code, reply.message));
  }

  #fail(message: string): void {
    for (const waiting of this.#waiting.values()) {
      waiting.reject(new ComponentizeError("engine-failed", message));
    }
  }
}

/** Keeps the end of what a process printed: a crash of the engine says there what happened. */
function lastOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text = (text + chunk).slice(-2000)));
  }
  return () => text.trim();
}
