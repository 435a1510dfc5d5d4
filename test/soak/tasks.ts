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
 * Has 200 clients at once convert texts through the template for `duration` milliseconds. The host is measured after the
 * first second and at the end under load, and where all is quiet: in a pause after that second, and after the end.
 */
export async function soakTasks(duration: number): Promise<Check[]> {
  await buildTemplate();
  await using islet = await startProbed(projectManifest("service-tcp"));
  const tally: Tally = { right: 0, wrong: 0, first: undefined };
  const started = performance.now();
  const before = await underLoad(islet, 1000, tally);
  const paused = await quiet(islet);
  const pause = performance.now() - started - 1000;
  const after = await underLoad(islet, duration - 1000, tally);
  const rate = Math.round((1000 * tally.right) / (performance.now() - started - pause));
  const over = await quiet(islet);
  console.log(`${tally.right} answers were right (${rate}/s), ${tally.wrong} were wrong`);
  if (tally.first !== undefined) console.log(`The first that was wrong: ${tally.first}`);
  return [
    { name: "wrong answers", before: 0, after: tally.wrong, tolerance: 0, unit: "" },
    ...compare("under load", before, after),
    ...compare("quiet again", paused, over),
  ];
}

/** What the host holds when the clients have been at work for `duration`; then they stop. */
async function underLoad(islet: ServerProcess, duration: number, tally: Tally): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const over = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    askUntil(over.signal, client, islet.url, agent, tally),
  );
  await setTimeout(duration);
  const measured = await measure(islet);
  over.abort();
  await Promise.all(clients);
  agent.destroy();
  return measured;
}

/** What it holds once it has closed what it kept for the clients. */
async function quiet(islet: ServerProcess): Promise<Measured> {
  await setTimeout(2000);
  return await measure(islet);
}

/** What is alive may be a few requests more or less; what leaked with each of some ten thousand would be far more. */
const LIVE_TOLERANCE = 4;

/**
 * Mostly garbage: V8 lets the main thread's young generation grow to 52 MiB within some seconds, and what outlived it
 * by as much, before it collects.
 */
const RESIDENT_TOLERANCE = 128;

interface Measured extends Holdings {
  /** What is alive in all heaps and in linear memory, in MiB. */
  readonly live: number;
  /** Linear memories of guests that are alive; an instance has one or more. */
  readonly memories: number;
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
    check("memories", "memories of instances", 0, ""),
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
  // First, since the collection that follows gives some back.
  const holdings = await holdingsOf(islet.pid);
  const seen = islet.lines.length;
  islet.process.kill("SIGUSR2");
  for (;;) {
    for (const line of islet.lines.slice(seen)) {
      const [, bytes, memories] = /^alive: (\d+) bytes, (\d+) memories$/.exec(line) ?? [];
      if (bytes === undefined) continue;
      return { ...holdings, live: Number(bytes) / 2 ** 20, memories: Number(memories) };
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
