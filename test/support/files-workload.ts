import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkloadSpec } from "./manifest.ts";
import type { Scenario } from "./scenario.ts";

/** A workload whose guest has the volume at `/data`, and once more, read-only, at `/read`. */
export function filesOf(volume: Readonly<Record<string, unknown>>, poolSize = 0): WorkloadSpec {
  const volumeMounts = [
    { name: "files", mountPath: "/data" },
    { name: "files", mountPath: "/read", readOnly: true },
  ];
  return {
    name: "files",
    component: { guest: "http-files", resources: { volumeMounts }, poolSize },
    spec: { volumes: [{ name: "files", ...volume }] },
  };
}

/** Values of a query. */
export type Values = Readonly<Record<string, string | number>>;

/** The path of a request for one operation on `/data`. */
export function toPath(operation: string, values: Values): string {
  const entries = Object.entries({ dir: "/data", ...values });
  const query = entries.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `/${operation}?${query.join("&")}`;
}

/** What the guest answers to one operation: text, or the name of an error-code. */
export async function ask(
  scenario: Scenario,
  operation: string,
  values: Values = {},
): Promise<string> {
  const path = toPath(operation, values);
  const { status, text } = await scenario.call("files", path);
  assert.ok(status === 200 || status === 409, `${path} was answered with ${status}: ${text}`);
  return text;
}

/** What became of operations, one after the other, each with its expected answer. */
export async function askAll(
  scenario: Scenario,
  steps: readonly (readonly [operation: string, values: Values, answer: string])[],
): Promise<void> {
  for (const [operation, values, answer] of steps) {
    const what = `${operation} ${JSON.stringify(values).slice(0, 80)}`;
    assert.equal(`${what}: ${await ask(scenario, operation, values)}`, `${what}: ${answer}`);
  }
}

/** Where the host keeps the only volume of the only workload. */
export function directoryOf({ host }: Scenario): string {
  const root = join(tmpdir(), "islet-test-state", "volumes");
  const id = host.list()[0]?.id ?? "-";
  const own = readdirSync(root).find((name) => existsSync(join(root, name, id)));
  return join(root, own ?? "-", id, "0", "files");
}
