import { Agent } from "node:http";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { type Holdings, holdingsOf } from "../support/machine.ts";
import { buildTemplate, projectManifest } from "../support/template.ts";
import type { Check } from "./check.ts";

const CLIENTS = 200;

/**
 * Has 200 clients at once convert texts through the template for `duration` milliseconds.
 * The host is measured after the first second and at the end, under the same load, and when all is quiet again.
 */
export async function soakTasks(duration: number): Promise<Check[]> {
  await buildTemplate();
  await using islet = await startProbed(projectManifest("service-tcp"));
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const idle = await measure(islet);
  const tally: Tally = { right: 0, wrong: 0, first: undefined };
  const over = new AbortController();
  const started = performance.now();
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    askUntil(over.signal, client, islet.url, agent, tally),
  );
  await setTimeout(1000);
  const before = await measure(islet);
  await setTimeout(started + duration - performance.now());
  const after = await measure(islet);
  over.abort();
  await Promise.all(clients);
  const rate = Math.round((1000 * tally.right) / (performance.now() - started));
  agent.destroy();
  // Until the host has closed what it kept for these clients.
  await setTimeout(2000);
  const quiet = await measure(islet);
  console.log(`${tally.right} answers were right (${rate}/s), ${tally.wrong} were wrong`);
  if (tally.first !== undefined) console.log(`The first that was wrong: ${tally.first}`);
  return [
    { name: "wrong answers", before: 0, after: tally.wrong, tolerance: 0, unit: "" },
    ...compare("under load", before, after),
    // Garbage stays until somebody needs the room.
    ...compare("quiet again", idle, quiet).filter(({ name }) => !name.startsWith("resident")),
  ];
}

/**
 * What is alive may be a few requests more or less, and instances that the load has added to the pool;
 * what leaked with each of some ten thousand requests would be far more.
 */
const LIVE_TOLERANCE = 8;

/** Mostly garbage: V8 lets it grow to some tens of MiB in each thread, and as much in buffers, before it collects. */
const RESIDENT_TOLERANCE = 256;

interface Measured extends Holdings {
  /** What is alive in all heaps, in MiB. */
  readonly live: number;
}

function compare(when: string, before: Measured, after: Measured): Check[] {
  const check = (name: keyof Measured, what: string, tolerance: number, unit: string): Check => ({
    name: `${what}, ${when}`,
    before: before[name],
    after: after[name],
    tolerance,
    unit,
  });
  return [
    check("live", "live memory", LIVE_TOLERANCE, "MiB"),
    check("memory", "resident memory", RESIDENT_TOLERANCE, "MiB"),
    check("handles", "handles", 0, ""),
    check("threads", "threads", 0, ""),
  ];
}

function startProbed(manifest: string): Promise<ServerProcess> {
  const main = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
  const probe = new URL("probe.ts", import.meta.url).href;
  const options = ["--expose-gc", "--import", probe];
  return startServer([...options, main, "run", manifest, "--http", "127.0.0.1:0"]);
}

async function measure(islet: ServerProcess): Promise<Measured> {
  // First, since the snapshots that follow are memory themselves.
  const holdings = await holdingsOf(islet.pid);
  const seen = islet.lines.length;
  islet.process.kill("SIGUSR2");
  for (;;) {
    for (const line of islet.lines.slice(seen)) {
      const bytes = /^live bytes: (\d+)$/.exec(line)?.[1];
      if (bytes !== undefined) return { ...holdings, live: Number(bytes) / 2 ** 20 };
    }
    await setTimeout(20);
  }
}

interface Tally {
  right: number;
  wrong: number;
  /** What came instead of the first answer that was wrong. */
  first: string | undefined;
}

async function askUntil(
  signal: AbortSignal,
  client: number,
  url: string,
  agent: Agent,
  tally: Tally,
): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    const expected = `200 c113n7 ${client} r0und ${round}\n`;
    const body = JSON.stringify({ payload: `client ${client} round ${round}` });
    const answer = await call(`${url}/task`, { body, agent }).then(
      ({ status, text }) => `${status} ${text}`,
      String,
    );
    if (answer === expected) {
      tally.right += 1;
    } else {
      tally.wrong += 1;
      tally.first ??= answer;
    }
  }
}
