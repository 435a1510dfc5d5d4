/**
 * Loaded into the real program with `--import`: at SIGUSR2 it prints how many bytes are alive in the heaps of all threads.
 * Resident memory tells little of that, because V8 collects when it likes and seldom gives memory back.
 */
import { pipeline } from "node:stream/promises";
import { Writable } from "node:stream";
import type { Worker } from "node:worker_threads";

const workers = new Set<Worker>();

process.on("worker", (worker) => {
  workers.add(worker);
  worker.once("exit", () => workers.delete(worker));
});

process.on("SIGUSR2", () => {
  void liveBytes().then((bytes) => console.log(`live bytes: ${bytes}`));
});

async function liveBytes(): Promise<number> {
  let bytes = 0;
  for (const worker of workers) {
    // Taking a snapshot collects all garbage first; nothing else does that to another thread.
    await pipeline(await worker.getHeapSnapshot(), discard());
    const statistics = await worker.getHeapStatistics();
    bytes += statistics.used_heap_size + statistics.external_memory;
  }
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return bytes + heapUsed + external;
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
