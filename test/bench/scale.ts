import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ServerProcess, startIslet } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import { holdingsOf, processorTimeOf } from "../support/machine.ts";
import { type Bench, median } from "./bench.ts";

/** Requests a second that one workload answers while all others of its host idle. */
export const scale: Bench = {
  name: "scale-rate",
  unit: "requests/s",
  better: "more",
  versus: "the same host program with one workload; it has 500, 499 of them idle",
  slow: true,
  async run(budget) {
    await using stack = new AsyncDisposableStack();
    const hosts: ScaledHost[] = [];
    for (const count of [1, 50, 500]) hosts.push(stack.use(await ScaledHost.start(count)));
    // The first requests make the instances; what that leaves behind is collected later.
    for (const host of hosts) await host.rate(host.count, 2 + host.count / 25);
    for (const host of hosts) await host.settle();
    const seconds = Math.max(1, Math.floor(budget / 3000));
    const rates = new Map(hosts.map((host) => [host, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      // By turns, so that all of them meet the machine as it is just then.
      for (const host of hosts) rates.get(host)?.push(await host.rate(1, seconds));
    }
    const [one, ...others] = hosts.map((host) => ({ host, rate: median(rates.get(host) ?? []) }));
    for (const { host, rate } of one === undefined ? [] : [one, ...others]) {
      const spread = await host.rate(host.count, seconds);
      console.error(
        `  ${host.count} workloads: ready after ${host.ready.toFixed(0)} ms, ${host.memory.toFixed(0)} MiB, ` +
          `${rate.toFixed(0)} requests/s to one, ${spread.toFixed(0)} to all in turn, ` +
          `stopped in ${(await host.stop()).toFixed(0)} ms`,
      );
    }
    return { ours: others.at(-1)?.rate ?? Number.NaN, reference: one?.rate ?? Number.NaN };
  },
};

const ROUNDS = 7;

/** At rest, a host with 500 workloads uses about a tenth of that; a share of one processor. */
const REST = 0.2;

/** Seconds at rest in a row after which it stays so: the collections do not come at once. */
const SETTLED = 15;

/** A host with as many workloads as asked for, each with a component that answers at once. */
class ScaledHost implements AsyncDisposable {
  static async start(count: number): Promise<ScaledHost> {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-bench-"));
    const manifest = join(directory.path, "scale.yaml");
    const component = { guest: "http-hello", poolSize: 1 } as const;
    const names = Array.from({ length: count }, (_, index) => `scale-${index}`);
    await writeFile(manifest, manifestOf(names.map((name) => ({ name, component }))));
    const begun = performance.now();
    const islet = await startIslet([manifest]);
    const ready = performance.now() - begun;
    const { memory } = await holdingsOf(islet.pid);
    return new ScaledHost(islet, { count, ready, memory });
  }

  readonly count: number;
  /** Milliseconds until all were ready. */
  readonly ready: number;
  /** Resident then, in MiB. */
  readonly memory: number;
  readonly #islet: ServerProcess;

  private constructor(
    islet: ServerProcess,
    { count, ready, memory }: Pick<ScaledHost, "count" | "ready" | "memory">,
  ) {
    this.#islet = islet;
    this.count = count;
    this.ready = ready;
    this.memory = memory;
  }

  /** Requests a second, to the first `targets` workloads in turn. */
  async rate(targets: number, seconds: number): Promise<number> {
    const program = fileURLToPath(new URL("reference/spread-load.ts", import.meta.url));
    const args = [program, this.#islet.url, String(targets), "32", String(Math.ceil(seconds))];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  }

  /**
   * Waits until it does nothing more: V8 collects the heap of each cell about half a minute after it was used,
   * which takes some seconds of processor time for 500.
   */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < SETTLED;) {
      const before = await processorTimeOf(this.#islet.pid);
      await setTimeout(1000);
      const used = (await processorTimeOf(this.#islet.pid)) - before;
      quiet = used < REST * 1000 ? quiet + 1 : 0;
    }
  }

  /** Milliseconds that it took. */
  async stop(): Promise<number> {
    const begun = performance.now();
    await this[Symbol.asyncDispose]();
    return performance.now() - begun;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#islet[Symbol.asyncDispose]();
  }
}
