/** What Linux tells of processes in /proc; see proc(5). */
import { readdir, readFile } from "node:fs/promises";

/** Whether this machine has /proc as Linux does. */
export const hasProc: boolean = process.platform === "linux";

/** What a process holds. */
export interface Holdings {
  /** Resident memory in MiB. */
  readonly memory: number;
  readonly handles: number;
  readonly threads: number;
}

export async function holdingsOf(pid: number): Promise<Holdings> {
  const [status, handles, threads] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readdir(`/proc/${pid}/fd`),
    readdir(`/proc/${pid}/task`),
  ]);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { memory: kibibytes / 1024, handles: handles.length, threads: threads.length };
}

/** Milliseconds of processor time that all threads of a process used so far. */
export async function processorTimeOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may have spaces: state, …, utime (14) and stime (15) in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The TCP ports that anything on this machine listens on, IPv4 and IPv6. */
export async function listeningPorts(): Promise<Set<number>> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const ports = new Set<number>();
  for (const line of tables.flatMap((table) => table.split("\n").slice(1))) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (state === TCP_LISTEN) ports.add(Number.parseInt(local?.split(":")[1] ?? "", 16));
  }
  return ports;
}

/** `TCP_LISTEN` of Linux's include/net/tcp_states.h, as /proc/net/tcp prints it. */
const TCP_LISTEN = "0A";

/** Whether a process exists; one that ended but was not waited for counts as gone. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return !/\) Z /.test(stat);
  } catch {
    return false;
  }
}

/** All processes that descend from `pid`. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children: number[] = [];
  for (const task of tasks) {
    const text = await readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "");
    children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  const further = await Promise.all(children.map(descendantsOf));
  return [...children, ...further.flat()];
}
