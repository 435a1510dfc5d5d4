import { readFileSync, readlinkSync } from "node:fs";

/** The number of this thread in the system's eyes; 0 where it does not tell (proc(5), `/proc/thread-self`). */
export function currentThread(): number {
  try {
    return Number(/\d+$/.exec(readlinkSync("/proc/thread-self"))?.[0] ?? 0);
  } catch {
    // Not Linux, or no /proc.
    return 0;
  }
}

/**
 * Milliseconds for which a thread of this process had a processor since it started; undefined where the system does not
 * tell (`schedstat` in Linux's Documentation/scheduler/sched-stats).
 */
export function processorTimeOf(thread: number): number | undefined {
  try {
    const [ran] = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ");
    return Number(ran) / 1e6;
  } catch {
    // As above, or the thread has just ended.
    return undefined;
  }
}
