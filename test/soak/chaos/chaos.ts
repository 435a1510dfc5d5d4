import { mkdtempDisposable, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createHost } from "../../../host/host.ts";
import { loadManifests } from "../../../host/manifest/load.ts";
import { manifestOf, type WorkloadSpec } from "../../support/manifest.ts";
import { type Check, holds } from "../check.ts";
import { Faults } from "./faults.ts";
import { countLeftovers, describeHandles, type Leftovers, settledLeftovers } from "./leftovers.ts";
import { misbehave, type Mischief, type Victim } from "./mischief.ts";
import { createRandom } from "./random.ts";
import { askSteadily } from "./steady-client.ts";

const VICTIMS = 18;

/** Mischief that goes on at a time. */
const ACTORS = 8;

const INNOCENT: readonly WorkloadSpec[] = [
  { name: "hello", component: { guest: "http-hello", poolSize: 4 } },
  {
    name: "echo",
    service: { guest: "tcp-echo" },
    component: { guest: "http-dial", poolSize: 4 },
  },
];

/**
 * For `duration` milliseconds, 18 workloads trap, hang, grow, end, and are flooded, replaced, restarted, stopped and
 * deleted, also in the middle of each other, while clients check every answer of two that do nothing wrong.
 * At the end, the host must hold what it held before, and nothing may have gone wrong in itself.
 */
export async function soakChaos(duration: number, seed: number): Promise<Check[]> {
  await using directory = await mkdtempDisposable(join(tmpdir(), "islet-chaos-"));
  const load = async (spec: WorkloadSpec): ReturnType<Victim["load"]> => {
    const path = join(directory.path, `${spec.name}-${performance.now()}.yaml`);
    await writeFile(path, manifestOf([spec]));
    return (await loadManifests([path])).workloads;
  };
  using faults = new Faults();
  await using host = await createHost({
    http: { host: "127.0.0.1", port: 0 },
    cacheDirectory: join(directory.path, "cache"),
    stateDirectory: directory.path,
    onEvent: faults.onEvent,
  });
  for (const spec of INNOCENT) await host.apply(await load(spec));
  const victims = Array.from({ length: VICTIMS }, (_, index): Victim => {
    const name = `victim-${index}`;
    return { name, load: (version) => load(victimSpec(name, index, version)) };
  });
  const url = `http://127.0.0.1:${host.http.port}`;
  const random = createRandom(seed);
  const mischief: Mischief = {
    host,
    url,
    victims,
    random,
    counts: new Map(),
    misled: 0,
    unexpected: faults.all,
  };

  // One round first: what is made once and kept is no leak.
  await round(mischief, Math.min(duration, WARM_UP));
  const before = await countLeftovers();
  const handles = describeHandles();
  const over = new AbortController();
  const clients = [
    askSteadily(
      url,
      "hello.localhost",
      () => "/",
      () => HELLO,
      over.signal,
    ),
    askSteadily(
      url,
      "echo.localhost",
      (n) => `/word-${n}`,
      (n) => `/word-${n}`,
      over.signal,
    ),
  ];
  await round(mischief, duration);
  over.abort();
  const tallies = await Promise.all(clients);
  const after = await settledLeftovers((now) => compare(before, now).every(holds));
  for (const fault of faults.all) console.log(`Fault: ${fault}`);
  if (after.handles > before.handles) {
    console.log(`Handles before: ${handles.join(", ")}; after: ${describeHandles().join(", ")}`);
  }
  for (const { first } of tallies) if (first !== undefined) console.log(`Wrong: ${first}`);
  const right = tallies.reduce((sum, tally) => sum + tally.right, 0);
  const deeds = [...mischief.counts].map(([kind, count]) => `${count} × ${kind}`).join(", ");
  console.log(`${right} answers of the innocent were right, during ${deeds}`);
  const wrong = tallies.reduce((sum, tally) => sum + tally.wrong, 0);
  return [
    none("wrong or lost answers", wrong),
    none("faults of the host itself", faults.all.length),
    none("forwards of nobody, or none of somebody", mischief.misled),
    none("forwards left", host.forwards.list().length),
    none("volumes left", await countVolumes(directory.path)),
    ...compare(before, after),
  ];
}

/** Milliseconds. */
const WARM_UP = 10_000;

const HELLO = "hello";

function victimSpec(name: string, index: number, version: number): WorkloadSpec {
  const environment = { config: { VERSION: String(version) } };
  const limits = { memory: "16Mi", hang: "1s" };
  return index % 2 === 0
    ? {
        name,
        component: {
          guest: "http-misbehave",
          poolSize: 2,
          timeout: "1s",
          limits,
          resources: { environment, volumeMounts: [{ name: "scratch", mountPath: "/tmp" }] },
        },
        spec: { volumes: [{ name: "scratch", ephemeral: { sizeLimit: "1Mi" } }] },
      }
    : {
        name,
        service: {
          guest: "service-misbehave",
          maxRestarts: 5,
          limits,
          resources: { environment },
          ports: [{ name: "words", port: 7777, publish: "auto" }],
        },
        component: { guest: "http-dial", poolSize: 2, timeout: "1s" },
      };
}

/** Applies all victims, lets them loose for `duration` milliseconds, and deletes them again. */
async function round(mischief: Mischief, duration: number): Promise<void> {
  const { host, victims } = mischief;
  await Promise.all(victims.map(async (victim) => host.apply(await victim.load(0))));
  const over = AbortSignal.timeout(duration);
  await Promise.all(Array.from({ length: ACTORS }, () => misbehave(mischief, over)));
  mischief.misled += countMisled(mischief);
  await deleteAll(mischief);
  // Connections that the flood left, and idle ones of clients, are closed by then.
  await setTimeout(7000);
}

async function deleteAll({ host, victims }: Mischief): Promise<void> {
  const known = new Set(host.list().map(({ name }) => name));
  await Promise.all(
    victims
      .filter(({ name }) => known.has(name))
      .map(({ name }) => host.delete(name, { gracePeriod: 100 })),
  );
}

/** Workloads that are stopped and have a forward, or are not and have none of those that they declare. */
function countMisled({ host }: Mischief): number {
  return host.list().filter(({ id, state, workload }) => {
    const declared = (workload.service?.ports ?? []).filter(({ publish }) => publish !== undefined);
    const wanted = state.reason === "Stopped by request" ? 0 : declared.length;
    const { length } = host.forwards.list(id);
    if (length !== wanted) console.log(`${workload.name}, ${state.reason}: ${length} forwards`);
    return length !== wanted;
  }).length;
}

/** Directories of volumes; each host has one for itself. */
async function countVolumes(stateDirectory: string): Promise<number> {
  const path = join(stateDirectory, "volumes");
  const hosts = await readdir(path);
  const volumes = await Promise.all(hosts.map((host) => readdir(join(path, host))));
  return volumes.flat().length;
}

function none(name: string, count: number): Check {
  return { name, before: 0, after: count, tolerance: 0, unit: "" };
}

/** Live memory may differ by what a log or a cache holds of the last minutes; threads and handles must not. */
const MEMORY_TOLERANCE = 16;

function compare(before: Leftovers, after: Leftovers): Check[] {
  return (["threads", "workers", "handles", "heap", "buffers"] as const).map((name) => ({
    name: `${name}, after all of it`,
    before: before[name],
    after: after[name],
    tolerance: name === "heap" || name === "buffers" ? MEMORY_TOLERANCE : 0,
    unit: name === "heap" || name === "buffers" ? "MiB" : "",
  }));
}
