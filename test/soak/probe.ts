/**
 * Loaded into the real program, and into each of its threads, with `--import`, beside `--expose-gc`: at SIGUSR2 it
 * prints how many bytes are alive in the heaps of all threads and in the linear memories of their guests, and how many
 * such memories there are. Resident memory tells little of that, because V8 collects when it likes and seldom gives
 * memory back.
 */
import { BroadcastChannel, isMainThread, type Worker } from "node:worker_threads";

/** What is alive in one thread or in all. */
interface Alive {
  readonly bytes: number;
  /** Linear memories of guests. */
  readonly memories: number;
}

const memories = new Set<WeakRef<WebAssembly.Memory>>();
const channel = new BroadcastChannel("islet-soak-probe");
channel.unref();
let onAnswer: (alive: Alive) => void = () => {};

if (isMainThread) answerSignals();
else answerMain();

function answerSignals(): void {
  channel.addEventListener("message", ({ data }: { readonly data: Alive }) => onAnswer(data));
  const workers = new Set<Worker>();
  process.on("worker", (worker) => {
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
  });
  process.on("SIGUSR2", () => {
    void aliveInAll(workers.size).then(({ bytes, memories: count }) =>
      console.log(`alive: ${bytes} bytes, ${count} memories`),
    );
  });
}

/** Asks all threads at once. */
function aliveInAll(workers: number): Promise<Alive> {
  let total = aliveHere();
  let missing = workers;
  return new Promise((resolve) => {
    onAnswer = (alive) => {
      total = { bytes: total.bytes + alive.bytes, memories: total.memories + alive.memories };
      missing -= 1;
      if (missing === 0) resolve(total);
    };
    say("count");
  });
}

/** Keeps track of the memories of all instances of this thread, as long as they are alive, and tells when it is asked. */
function answerMain(): void {
  WebAssembly.Instance = class extends WebAssembly.Instance {
    constructor(module: WebAssembly.Module, imports?: Record<string, Record<string, unknown>>) {
      super(module, imports);
      for (const value of Object.values(this.exports)) {
        if (value instanceof WebAssembly.Memory) memories.add(new WeakRef(value));
      }
    }
  };
  channel.addEventListener("message", ({ data }: { readonly data: unknown }) => {
    // The other threads' answers come here too.
    if (data === "count") say(aliveHere());
  });
}

function say(data: "count" | Alive): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- This is not a window.
  channel.postMessage(data);
}

function aliveHere(): Alive {
  if (globalThis.gc === undefined) throw new Error("The probe needs --expose-gc");
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  let bytes = heapUsed + external;
  for (const reference of memories) {
    const memory = reference.deref();
    if (memory === undefined) memories.delete(reference);
    else bytes += memory.buffer.byteLength;
  }
  return { bytes, memories: memories.size };
}
