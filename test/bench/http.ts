import { fileURLToPath } from "node:url";
import { startIslet, startServer, type ServerProcess } from "../support/host-process.ts";
import { type Bench, type Measurement, median } from "./bench.ts";
import { requestRate } from "./load.ts";

/** HTTP through the ingress to a component, against a bare node:http server that gives the same answer. */
export const httpHello: Bench = {
  name: "http-hello",
  unit: "requests/s",
  better: "more",
  versus: "bare node:http, 32 connections",
  run: (budget) => compareRates(budget, "http-hello.yaml", "/"),
};

/** HTTP → component → service → back, against node:http that asks a server on the machine's loopback. */
export const httpService: Bench = {
  name: "http-service",
  unit: "requests/s",
  better: "more",
  versus: "node:http that dials node:net, 32 connections",
  run: (budget) => compareRates(budget, "http-service.yaml", "/dial"),
};

const CONNECTIONS = 32;

async function compareRates(budget: number, manifest: string, path: string): Promise<Measurement> {
  const islet = (): Promise<ServerProcess> => startIslet([here(`manifests/${manifest}`)]);
  // By turns, so that a slow moment of the machine hits both; one server at a time, so that neither disturbs the other.
  const rounds = Math.max(1, Math.floor(budget / 4000));
  const seconds = Math.max(1, Math.floor(budget / rounds / 2000));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await rateOf(islet, path, seconds));
    theirs.push(await rateOf(startReference, path, seconds));
  }
  return { ours: median(ours), reference: median(theirs) };
}

function startReference(): Promise<ServerProcess> {
  return startServer([here("reference/http-server.ts")]);
}

async function rateOf(
  start: () => Promise<ServerProcess>,
  path: string,
  seconds: number,
): Promise<number> {
  await using server = await start();
  const url = server.url + path;
  // Until the compilers have settled.
  await requestRate({ url, connections: CONNECTIONS, seconds: 1 });
  return await requestRate({ url, connections: CONNECTIONS, seconds });
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
