import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The packages whose versions decide what a guest's component looks like. */
const PACKAGES = [
  "@bytecodealliance/jco",
  "@bytecodealliance/jco-transpile",
  "componentize-qjs",
  "rolldown",
];

/** A digest, in hexadecimal, that differs when the builder may make something else of the same sources. */
export async function builderVersion(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of PACKAGES) hash.update(`${name}@${await packageVersion(name)}\n`);
  const entries = await readdir(import.meta.dirname, { recursive: true });
  for (const name of entries.filter((path) => /^componentize.*\.ts$/u.test(path)).toSorted()) {
    hash.update(`${name}\n`).update(await readFile(join(import.meta.dirname, name)));
  }
  return hash.digest("hex");
}

/** Not every package exports its package.json, so it is looked for above the module that it does export. */
async function packageVersion(name: string): Promise<string> {
  let directory = dirname(createRequire(import.meta.url).resolve(name));
  while (directory !== dirname(directory)) {
    const text = await readFile(join(directory, "package.json"), "utf8").catch(() => "{}");
    const version = versionOf(name, JSON.parse(text));
    if (version !== undefined) return version;
    directory = dirname(directory);
  }
  throw new Error(`Cannot find the version of ${name}`);
}

function versionOf(name: string, described: unknown): string | undefined {
  if (typeof described !== "object" || described === null) return undefined;
  if (!("name" in described && described.name === name && "version" in described)) return undefined;
  return typeof described.version === "string" ? described.version : undefined;
}
