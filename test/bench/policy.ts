import { BlockList, SocketAddress } from "node:net";
import { type AllowedHost, parseAllowedHost } from "../../policy/allowed-host.ts";
import { decide } from "../../policy/decide.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { defaultPolicy, type Policy } from "../../policy/policy.ts";
import { type Bench, median } from "./bench.ts";

/** Whole decisions about an address outside of the workload, which the last of three entries grants. */
export const policyDecide: Bench = {
  name: "policy-decide",
  unit: "decisions/s",
  better: "more",
  versus: "one net.BlockList.check of the same address",
  async run(budget) {
    const policy: Policy = { ...defaultPolicy("component"), allowedHosts: ENTRIES.map(toEntry) };
    const ranges = new BlockList();
    ranges.addSubnet("93.184.0.0", 16, "ipv4");
    const samples = { ours: [] as number[], reference: [] as number[] };
    for (const end = performance.now() + budget; performance.now() < end;) {
      samples.ours.push(perSecond(() => decide(policy, "tcp-connect", ADDRESS, NO_FACTS)));
      samples.reference.push(perSecond(() => ranges.check(ADDRESS)));
    }
    return { ours: median(samples.ours), reference: median(samples.reference) };
  },
};

const ENTRIES = ["*.example.com", "10.0.0.0/8:5432", "93.184.0.0/16:443"];
const ADDRESS = new SocketAddress({ address: "93.184.216.34", family: "ipv4", port: 443 });
const COUNT = 200_000;

function toEntry(text: string): AllowedHost {
  const entry = parseAllowedHost(text);
  if (entry === undefined) throw new Error(`${text} is no entry of allowedHosts`);
  return entry;
}

function perSecond(action: () => unknown): number {
  const started = performance.now();
  for (let count = 0; count < COUNT; count += 1) action();
  return COUNT / ((performance.now() - started) / 1000);
}
