import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { startWorkloads } from "../support/host-workloads.ts";
import { holdingsOf } from "../support/machine.ts";
import type { Check } from "./check.ts";

const MIB = 2 ** 20;

/** Streams 256 MiB to a component that counts them, and watches the memory of the host meanwhile. */
export async function soakUpload(): Promise<Check[]> {
  await using islet = await startWorkloads({
    name: "count",
    component: { guest: "http-count", poolSize: 1, limits: { memory: "8Mi" } },
  });
  await count(islet.url, 256);
  const before = await holdingsOf(islet.pid);
  const over = new AbortController();
  const peak = peakMemory(islet.pid, over.signal);
  const started = performance.now();
  const counted = await count(islet.url, 256);
  const seconds = (performance.now() - started) / 1000;
  over.abort();
  console.log(
    `256 MiB were counted in ${seconds.toFixed(1)} s (${Math.round(256 / seconds)} MiB/s)`,
  );
  return [
    { name: "bytes not counted", before: 0, after: 256 * MIB - counted, tolerance: 0, unit: "" },
    {
      name: "memory, highest",
      before: before.memory,
      after: await peak,
      // A quarter of the body, for garbage that V8 has not collected yet: a body that was kept would add all of it.
      tolerance: 64,
      unit: "MiB",
    },
  ];
}

async function count(url: string, mebibytes: number): Promise<number> {
  const outgoing = request(url, { method: "POST", agent: false });
  const chunk = Buffer.alloc(64 * 1024);
  const chunks = Array.from({ length: mebibytes * 16 }, () => chunk);
  Readable.from(chunks).pipe(outgoing);
  const [incoming]: IncomingMessage[] = await once(outgoing, "response");
  return incoming === undefined ? 0 : Number(await text(incoming));
}

async function peakMemory(pid: number, signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    peak = Math.max(peak, (await holdingsOf(pid)).memory);
    await setTimeout(20);
  }
  return peak;
}
