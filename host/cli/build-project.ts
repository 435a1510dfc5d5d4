import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { ComponentizeError } from "../engine/componentize-error.ts";
import { builderVersion } from "../engine/componentize-version.ts";
import { readWit } from "../engine/componentize-wit.ts";
import { BuildError } from "./build-error.ts";

/** A folder with guests in TypeScript. */
export interface Project {
  /** Absolute. */
  readonly dir: string;
  /** Every `src/<name>.ts` for which `wit/` has a world `<name>`; at least one. */
  readonly guests: readonly string[];
  /** Of everything that decides what the components are: sources, WIT, settings, and the builder. */
  readonly digest: string;
}

/** Folders and files of a project that are read to build it; what is missing is left out. */
export const INPUTS: readonly string[] = [
  "src",
  "wit",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];

/** @throws BuildError `no-project`, `no-guests`, or `guest-invalid` where the WIT cannot be used. */
export async function readProject(directory: string): Promise<Project> {
  const dir = resolve(directory);
  const worlds = await readWorlds(dir);
  const guests: string[] = [];
  for (const world of worlds) {
    if (await isFile(join(dir, "src", `${world}.ts`))) guests.push(world);
  }
  if (guests.length === 0) {
    const wanted = worlds.map((world) => `src/${world}.ts`).join(" or ");
    const reason = worlds.length === 0 ? "wit/ has no world" : `there is no ${wanted}`;
    throw new BuildError("no-guests", `Cannot build ${directory}: ${reason}`);
  }
  return { dir, guests, digest: await digestOf(dir) };
}

async function readWorlds(dir: string): Promise<readonly string[]> {
  const found = await stat(join(dir, "wit")).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new BuildError(
      "no-project",
      `Cannot build ${dir}: it has no wit/ with the guests' worlds`,
    );
  }
  try {
    return (await readWit(dir)).worlds;
  } catch (error) {
    if (error instanceof ComponentizeError) {
      throw new BuildError("guest-invalid", error.message, { cause: error });
    }
    throw error;
  }
}

async function digestOf(dir: string): Promise<string> {
  const hash = createHash("sha256").update(await builderVersion());
  for (const input of INPUTS) {
    for (const path of await filesBelow(join(dir, input))) {
      const bytes = await readFile(path);
      // The length keeps one file's end from being another's start.
      hash.update(`\n${relative(dir, path)} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest("hex");
}

async function filesBelow(path: string): Promise<string[]> {
  if (await isFile(path)) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}
