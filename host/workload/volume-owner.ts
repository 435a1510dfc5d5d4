import { readFileSync, readlinkSync } from "node:fs";

/**
 * A name for what the process `pid` owns on the disk, by which another process can tell whether that one still lives:
 * the boot of the machine, the name space that numbers processes, the number, and when it started, since numbers return.
 * Undefined where there is no such process. Linux only.
 */
export function ownerName(pid: number = process.pid): string | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : `${boot()}-${pidSpace()}-${pid}-${start}`;
}

/** Whether what has such a name at the beginning of its own was left behind by a process that is gone. */
export function isLeftBehind(name: string): boolean {
  const match = /^([0-9a-f]+)-(\d+)-(\d+)-(\d+)(?:-|$)/.exec(name);
  const [owner, itsBoot, itsSpace, pid] = match ?? [];
  if (owner === undefined) return false;
  if (itsBoot !== boot()) return true;
  // Of a container beside this one, nobody here can tell.
  if (itsSpace !== pidSpace()) return false;
  return !owner.startsWith(`${ownerName(Number(pid))}`);
}

function boot(): string {
  const id = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  return id.trim().replaceAll("-", "").slice(0, 12);
}

function pidSpace(): string {
  return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
}

/** In ticks of the clock since the machine started; undefined where there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc_pid_stat(5): the name of the program, in parentheses, may hold anything; starttime is field 22.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
