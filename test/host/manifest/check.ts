import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ManifestError } from "../../../host/manifest/error.ts";
import { loadManifests } from "../../../host/manifest/load.ts";
import type { Workload } from "../../../host/manifest/workload.ts";

/** What became of manifests: what they declare, or all that is wrong with them. */
export interface Outcome {
  readonly workloads: readonly Workload[];
  /** `file:line:column: message`. */
  readonly notices: readonly string[];
  /** The same. */
  readonly problems: readonly string[];
  readonly codes: readonly string[];
}

/** Files by name; text alone is the file `m.yaml`. */
export type Files = string | Readonly<Record<string, string | Uint8Array>>;

/** Loads `files` (by default all of those that are YAML or JSON) in a directory with the images `s.wasm` and `c.wasm`. */
export async function load(files: Files, paths?: readonly string[]): Promise<Outcome> {
  const named: Readonly<Record<string, string | Uint8Array>> =
    typeof files === "string" ? { "m.yaml": files } : files;
  await using directory = await mkdtempDisposable(join(tmpdir(), "islet-manifest-"));
  for (const [name, content] of Object.entries({ "s.wasm": "", "c.wasm": "", ...named })) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true });
    await writeFile(join(directory.path, name), content);
  }
  const manifests = Object.keys(named).filter((name) => /\.(?:yaml|yml|json)$/.test(name));
  return await loadIn(directory.path, paths ?? manifests);
}

/** Loads the manifests that `paths` name, with `cwd` as the working directory. */
export async function loadIn(cwd: string, paths: readonly string[]): Promise<Outcome> {
  try {
    const { workloads, notices } = await loadManifests(paths, { cwd });
    return { workloads, notices: notices.map(toLine), problems: [], codes: [] };
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error));
    const problems = error.problems.map(toLine);
    assert.deepEqual(error.message.split("\n").slice(0, 100), problems.slice(0, 100));
    const codes = error.problems.map(({ code }) => code);
    return { workloads: [], notices: [], problems, codes };
  }
}

/** Asserts what is wrong with manifests, line for line; nothing is what makes them right. */
export async function check(files: Files, ...problems: readonly string[]): Promise<Outcome> {
  const outcome = await load(files);
  assert.deepEqual(outcome.problems, problems);
  return outcome;
}

/** Asserts what authors are told of manifests that are right. */
export async function checkNotices(files: Files, ...notices: readonly string[]): Promise<Outcome> {
  const outcome = await check(files);
  assert.deepEqual(outcome.notices, notices);
  return outcome;
}

/** The only workload of manifests that are right. */
export async function loadOne(files: Files): Promise<Workload> {
  const { workloads } = await check(files);
  const [workload] = workloads;
  assert.equal(workloads.length, 1);
  assert.ok(workload !== undefined);
  return workload;
}

/** A `Workload` document with this `spec`, which begins on line 4, each of its lines with two spaces in front. */
export function workload(spec: string, name = "leet"): string {
  return `${[
    "apiVersion: runtime.wasmcloud.dev/v1alpha1",
    "kind: Workload",
    `metadata: { name: ${name} }`,
    "spec:",
  ].join("\n")}\n${indent(spec)}`;
}

/** A `Workload` with a service of these lines, the first on line 6 and each with four spaces in front. */
export function service(lines: string): string {
  return workload(`service:\n${indent(`image: s.wasm\n${lines}`)}`);
}

/** A `Workload` with a component of these lines, the first on line 8 and each with six spaces in front. */
export function component(lines: string): string {
  return workload(`components:\n  - name: c\n${indent(indent(`image: c.wasm\n${lines}`))}`);
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? line : `  ${line}`))
    .join("\n");
}

function toLine({
  location,
  message,
}: {
  readonly location: { readonly file: string; readonly line: number; readonly column: number };
  readonly message: string;
}): string {
  return `${location.file}:${location.line}:${location.column}: ${message}`;
}
