import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { LineSink } from "../../host/wasi/cli/line-sink.ts";
import { VirtualNetwork } from "../../host/network/virtual/virtual-network.ts";
import { Guest } from "../../host/wasi/guest.ts";
import { createImports, type ImportObject } from "../../host/wasi/imports.ts";
import { ChunkBody } from "../../host/bridge/chunk-body.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { defaultPolicy } from "../../policy/policy.ts";
import { functionOf, GuestLab } from "../support/guest-lab.ts";
import { readGuest } from "../fixture/guest/guest.ts";
import { type Bench, median } from "./bench.ts";

/** A guest that calls `pollable.ready` in a loop, against the same guest and host with jco's own bindings. */
export const hotImport: Bench = {
  name: "hot-import",
  unit: "calls/s",
  better: "more",
  versus: "jco's default glue, pollable.ready",
  async run(budget) {
    await using lab = new GuestLab(["ready"]);
    const ours = functionOf(await lab.start("hot-import", "component"), "ready");
    using guest = bareGuest();
    const theirs = await instantiateDefault(createImports(guest));
    const samples = { ours: [] as number[], reference: [] as number[] };
    for (const end = performance.now() + budget; performance.now() < end;) {
      samples.ours.push(await callsPerSecond(ours, 1_000_000));
      samples.reference.push(await callsPerSecond(theirs, 20_000));
    }
    return { ours: median(samples.ours), reference: median(samples.reference) };
  },
};

async function callsPerSecond(ready: (count: number) => unknown, count: number): Promise<number> {
  const started = performance.now();
  await ready(count);
  return count / ((performance.now() - started) / 1000);
}

/** The fixture as `jco transpile --instantiation async --async-mode jspi` makes it, nothing changed. */
async function instantiateDefault(imports: ImportObject): Promise<(count: number) => unknown> {
  const { files } = await transpileBytes(await readGuest("hot-import"), {
    name: "guest",
    instantiation: { tag: "async" },
    asyncMode: "jspi",
    asyncImports: ["wasi:io/poll#poll", "wasi:io/poll#[method]pollable.block"],
    asyncExports: ["ready"],
    base64Cutoff: 0,
  });
  const glue = Buffer.from(files["guest.js"] ?? []).toString("base64");
  const { instantiate } = await import(`data:text/javascript;base64,${glue}`);
  const instance = await instantiate(
    (name: string) => new WebAssembly.Module(files[name] ?? new Uint8Array()),
    imports,
    (module: WebAssembly.Module, core: Record<string, Record<string, unknown>>) =>
      new WebAssembly.Instance(module, core),
  );
  return instance.ready;
}

function bareGuest(): Guest {
  const output = new LineSink(() => undefined);
  return new Guest({
    kind: "component",
    policy: defaultPolicy("component"),
    facts: NO_FACTS,
    network: new VirtualNetwork(),
    environment: [],
    args: [],
    stdin: new ChunkBody(new Uint8Array()),
    stdout: output,
    stderr: output,
  });
}
