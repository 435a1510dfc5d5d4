import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createHost } from "../../host/host.ts";
import { loadManifests } from "../../host/manifest/load.ts";
import { guestPath } from "../fixture/guest/guest.ts";
import { startIslet, startServer } from "../support/host-process.ts";
import { type Bench, median } from "./bench.ts";

/** From the manifest to a listening service and a component behind it, with nothing in the cache. */
export const workloadCold: Bench = {
  name: "workload-cold",
  unit: "ms",
  better: "less",
  versus: "jco alone: transpile, load and compile both components",
  async run(budget) {
    const ours: number[] = [];
    const reference: number[] = [];
    await repeat(budget, async () => {
      await using cache = await temporaryDirectory();
      ours.push(await timeToReady(cache.path));
      reference.push(await timeOfJco());
    });
    return { ours: median(ours), reference: median(reference) };
  },
};

/** The same on a host that ran the components before. */
export const workloadCached: Bench = {
  name: "workload-cached",
  unit: "ms",
  better: "less",
  versus: "a Node process with the same servers, until it listens",
  async run(budget) {
    await using cache = await temporaryDirectory();
    await timeToReady(cache.path);
    const ours: number[] = [];
    const reference: number[] = [];
    await repeat(budget, async () => {
      ours.push(await timeToReady(cache.path));
      await using server = await startServer([REFERENCE_SERVER]);
      reference.push(server.startTime);
    });
    return { ours: median(ours), reference: median(reference) };
  },
};

/** Memory that one more idle workload takes. */
export const idleMemory: Bench = {
  name: "idle-memory",
  unit: "MiB",
  better: "less",
  versus: "an idle Node process with the same servers",
  async run() {
    const one = await residentMemory(1);
    const many = await residentMemory(IDLE_COUNT);
    await using server = await startServer([REFERENCE_SERVER]);
    await settled();
    return { ours: (many - one) / (IDLE_COUNT - 1), reference: residentSetOf(server.pid) };
  },
};

const REFERENCE_SERVER = fileURLToPath(new URL("reference/http-server.ts", import.meta.url));
const MANIFEST = fileURLToPath(new URL("manifests/http-service.yaml", import.meta.url));
const IDLE_COUNT = 17;

async function repeat(budget: number, action: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + budget; performance.now() < end;) await action();
}

/** Milliseconds from `apply` on a host that runs already to the state `running`. */
async function timeToReady(cacheDirectory: string): Promise<number> {
  const running = Promise.withResolvers<void>();
  await using host = await createHost({
    http: { host: "127.0.0.1", port: 0 },
    cacheDirectory,
    onEvent: (event) => {
      if (event.tag === "state" && event.state.tag === "running") running.resolve();
    },
  });
  const { workloads } = await loadManifests([MANIFEST]);
  const started = performance.now();
  await host.apply(workloads);
  await running.promise;
  return performance.now() - started;
}

/** Milliseconds that jco alone takes for the same two components, in a process of its own. */
async function timeOfJco(): Promise<number> {
  const program = fileURLToPath(new URL("reference/jco-load.ts", import.meta.url));
  const images = [guestPath("tcp-echo"), guestPath("http-dial")];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...images]);
  return Number(stdout);
}

/** Resident memory, in MiB, of a host with `count` idle workloads. */
async function residentMemory(count: number): Promise<number> {
  await using directory = await temporaryDirectory();
  const manifest = join(directory.path, "idle.yaml");
  await writeFile(
    manifest,
    Array.from({ length: count }, (_, index) => idleWorkload(index)).join("---\n"),
  );
  await using islet = await startIslet([manifest]);
  await settled();
  return residentSetOf(islet.pid);
}

function idleWorkload(index: number): string {
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: idle-${index} }
spec:
  service: { image: ${guestPath("tcp-echo")} }
  components:
    - { name: dial, image: ${guestPath("http-dial")}, poolSize: 1 }
  hostInterfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: idle-${index}.localhost } }
`;
}

function residentSetOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}

/** Until what the start left behind is collected. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "islet-bench-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
