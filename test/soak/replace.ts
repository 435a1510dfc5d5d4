import { Agent } from "node:http";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval, setTimeout } from "node:timers/promises";
import { createHost } from "../../host/host.ts";
import { loadManifests } from "../../host/manifest/load.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";
import type { Check } from "./check.ts";

const VERSIONS = 50;

/** Requests a second, whether the ones before were answered or not. */
const RATE = 100;

/** Replaces a workload by 50 further versions while requests come at a steady rate; each has to be answered. */
export async function soakReplace(): Promise<Check[]> {
  await using directory = await mkdtempDisposable(join(tmpdir(), "islet-replace-"));
  await using host = await createHost({
    http: { host: "127.0.0.1", port: 0 },
    cacheDirectory: join(directory.path, "cache"),
    stateDirectory: join(directory.path, "state"),
    onEvent: () => {},
  });
  const apply = async (version: number): Promise<string | undefined> => {
    const path = join(directory.path, "leet.yaml");
    const resources = { environment: { config: { VERSION: String(version) } } };
    const component = { guest: "http-dial", poolSize: 4, resources } as const;
    await writeFile(
      path,
      manifestOf([{ name: "leet", service: { guest: "tcp-echo" }, component }]),
    );
    const { workloads } = await loadManifests([path]);
    return (await host.apply(workloads))[0]?.outcome;
  };
  await apply(0);
  const url = `http://127.0.0.1:${host.http.port}`;
  const agent = new Agent({ keepAlive: true });
  const over = new AbortController();
  const failures: string[] = [];
  const requests: Promise<void>[] = [];
  const ask = async (path: string): Promise<void> => {
    try {
      const { status, text } = await call(url + path, { agent, host: "leet.localhost" });
      if (`${status} ${text.trimEnd()}` !== `200 ${path}`) failures.push(`${status} ${text}`);
    } catch (error) {
      failures.push(String(error));
    }
  };
  const client = (async () => {
    for await (const _ of setInterval(1000 / RATE)) {
      if (over.signal.aborted) return;
      const path = `/word-${requests.length}`;
      requests.push(ask(path));
    }
  })();
  let replaced = 0;
  for (let version = 1; version <= VERSIONS; version++) {
    if ((await apply(version)) === "replaced") replaced += 1;
    // Each version answers for a while.
    await setTimeout(100);
  }
  over.abort();
  await client;
  await Promise.all(requests);
  agent.destroy();
  console.log(`${replaced} replacements during ${requests.length} requests`);
  if (failures[0] !== undefined) console.log(`The first that failed: ${failures[0]}`);
  return [
    {
      name: "requests that failed while versions were replaced",
      before: 0,
      after: failures.length,
      tolerance: 0,
      unit: "",
    },
    { name: "versions not taken", before: 0, after: VERSIONS - replaced, tolerance: 0, unit: "" },
  ];
}
