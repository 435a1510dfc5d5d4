import { churn, type Usage } from "../support/churn.ts";
import type { Check } from "./check.ts";

const CONNECTIONS = 10_000;
const TRAP_EVERY = 100;

/** Has a guest open and close 10 000 connections to its service, and as many to one that traps at every hundredth. */
export async function soakChurn(): Promise<Check[]> {
  const plain = await churn(CONNECTIONS);
  const trapping = await churn(CONNECTIONS, TRAP_EVERY);
  return [
    ...compare("connections", plain.before, plain.after),
    ...compare("connections and traps", trapping.before, trapping.after),
    ...compare("stopped", {}, trapping.stopped),
  ];
}

function compare(when: string, before: Usage, after: Usage): Check[] {
  const kinds = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...kinds].map((kind) => ({
    name: `${kind}, ${when}`,
    before: before[kind] ?? 0,
    after: after[kind] ?? 0,
    tolerance: 0,
    unit: "",
  }));
}
