import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { HostOperations } from "../../../host/operations.ts";
import type { Workload } from "../../../host/manifest/workload.ts";
import { call } from "../../support/http-call.ts";
import { pick } from "./random.ts";

/** One of the workloads that behave badly; `load` gives its declaration in another version each time. */
export interface Victim {
  readonly name: string;
  load(version: number): Promise<readonly Workload[]>;
}

export interface Mischief {
  readonly host: HostOperations;
  readonly url: string;
  readonly victims: readonly Victim[];
  readonly random: () => number;
  /** How often each kind was done. */
  readonly counts: Map<string, number>;
  /** Workloads whose forwards were not what they should be, as far as that was looked at. */
  misled: number;
  /** What operations failed with that no workload can bring about. */
  readonly unexpected: string[];
}

/** Does one bad thing after another until `signal` aborts. What comes of each is not asked; that the host goes on is. */
export async function misbehave(mischief: Mischief, signal: AbortSignal): Promise<void> {
  const { random, victims, counts } = mischief;
  for (let version = 1; !signal.aborted; version++) {
    const victim = victims[Math.floor(random() * victims.length)];
    if (victim === undefined) return;
    const [kind, act] = pick(random, DEEDS);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    try {
      await act(mischief, victim, version);
    } catch (error) {
      mischief.unexpected.push(`${kind}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    await setTimeout(5 + random() * 50);
  }
}

type Act = (mischief: Mischief, victim: Victim, version: number) => Promise<void>;

const DEEDS: readonly (readonly [number, readonly [string, Act]])[] = [
  [40, ["component fails", ask("/trap", "/exit", "/error", "/no-response", "/half", "/twice")]],
  [30, ["service ends", ask("/trap", "/exit", "/fail")]],
  [3, ["spins", ask("/spin")]],
  [5, ["grows", ask("/grow")]],
  [10, ["sleeps past its timeout", ask("/sleep?ms=60000")]],
  [4, ["connection flood", flood]],
  [8, ["apply", operate(({ host }, victim, version) => apply(host, victim, version))]],
  [3, ["restart", operate(({ host }, { name }) => host.restart(name))]],
  [2, ["stop and start", operate(stopAndStart)]],
  [3, ["delete and apply", operate(deleteAndApply)]],
  [2, ["stop during an apply", operate(during((host, { name }) => host.stop(name)))]],
  [2, ["start during an apply", operate(during((host, { name }) => host.start(name)))]],
  [2, ["delete during an apply", operate(during(deleteAtOnce))]],
  [1, ["ten applies at once", operate(applyTenTimes)]],
];

/** A request for one of the paths, whose answer does not matter: an answer, a problem or a cut connection. */
function ask(...paths: readonly string[]): Act {
  return async ({ url, random }, { name }) => {
    const path = paths[Math.floor(random() * paths.length)] ?? "/";
    await call(url + path, { host: `${name}.localhost` }).catch(String);
  };
}

/** An operation that may find the workload gone or stopped by another deed; what is no such answer is a fault. */
function operate(
  operation: (mischief: Mischief, victim: Victim, version: number) => Promise<unknown>,
): Act {
  return async (mischief, victim, version) => {
    await settled(operation(mischief, victim, version));
  };
}

async function apply(host: HostOperations, victim: Victim, version: number): Promise<void> {
  await host.apply(await victim.load(version));
}

async function stopAndStart({ host }: Mischief, { name }: Victim): Promise<void> {
  await host.stop(name, { gracePeriod: 100 });
  await host.start(name);
}

async function deleteAndApply({ host }: Mischief, victim: Victim, version: number): Promise<void> {
  await host.delete(victim.name, { gracePeriod: 100 });
  await apply(host, victim, version);
}

/** Does something while a version is applied that was not waited for. */
function during(act: (host: HostOperations, victim: Victim) => Promise<unknown>): Act {
  return async ({ host, random }, victim, version) => {
    const applied = settled(apply(host, victim, version));
    await setTimeout(random() * 50);
    await Promise.all([applied, act(host, victim)]);
  };
}

async function deleteAtOnce(host: HostOperations, { name }: Victim): Promise<void> {
  await host.delete(name, { gracePeriod: 0 });
}

async function applyTenTimes({ host }: Mischief, victim: Victim, version: number): Promise<void> {
  const versions = Array.from({ length: 10 }, (_, index) => version + index);
  await Promise.all(versions.map((each) => settled(apply(host, victim, each))));
}

/** What another deed made impossible is no fault. */
async function settled(operation: Promise<unknown>): Promise<void> {
  try {
    await operation;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "OperationError") throw error;
  }
}

/** Connections at once that never finish their request. */
const FLOOD = 100;

async function flood({ url }: Mischief, { name }: Victim): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  for (let index = 0; index < FLOOD; index++) {
    const socket = connect(Number(port), hostname);
    // Refused or cut: either is an answer to a flood.
    socket.on("error", () => socket.destroy());
    socket.write(`POST / HTTP/1.1\r\nHost: ${name}.localhost\r\nContent-Length: 100\r\n\r\nhalf`);
    sockets.push(socket);
  }
  await setTimeout(300);
  for (const socket of sockets) socket.resetAndDestroy();
}
