import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CONFIG_NAME } from "../manifest/host-config.ts";
import { loadManifests, loadManifestTexts, type Manifests } from "../manifest/load.ts";
import { findWashConfig, loadWashConfig, type WashProject } from "../manifest/wash-config.ts";
import { BuildError } from "./build-error.ts";
import { build } from "./build.ts";
import { INPUTS, readProject } from "./build-project.ts";
import { createSourceFilter } from "./dev-ignore.ts";
import { runShell } from "./dev-shell.ts";
import { manifestOfWorlds } from "./dev-worlds.ts";
import { UsageError } from "./usage-error.ts";
import type { Sources } from "./watch.ts";

/** A project that is developed: what it declares, and what that is built from. */
export interface DevProject {
  /** Files with its workloads. */
  readonly manifests: readonly string[];
  readonly load: (options: { readonly images: boolean }) => Promise<Manifests>;
  readonly sources: Sources;
  /** Where its HTTP requests are to come in; undefined where it does not say. */
  readonly address: string | undefined;
}

export interface DevProjectOptions {
  /** Manifests; those in the project without. */
  readonly files: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Gets the progress of builds. */
  readonly output: (line: string) => void;
}

/**
 * Finds out what `directory` is: a project with guests in TypeScript (`src/NAME.ts` and the world `NAME`), or one with
 * the configuration of wasmCloud's `wash`, which then says how it is built.
 * What runs is what its manifests declare, or else what that configuration describes, or else all guests together.
 *
 * Throws `UsageError` for a directory that is neither, and `ManifestError` where the configuration has mistakes.
 */
export async function openDevProject(
  directory: string,
  { files, environment, output }: DevProjectOptions,
): Promise<DevProject> {
  const root = resolve(directory);
  const manifests = files.length > 0 ? files : await findManifests(root);
  const config = await findWashConfig(root);
  if (config !== undefined) {
    const read = ({ images }: { readonly images: boolean }): Promise<WashProject> =>
      loadWashConfig(root, config, { images, environment });
    const { address, files: used } = await read({ images: false });
    return {
      manifests,
      load: manifests.length > 0 ? ({ images }) => loadManifests(manifests, { images }) : read,
      sources: washSources(root, used, () => read({ images: false }), environment),
      address,
    };
  }
  if (!(await isGuestProject(root))) {
    throw new UsageError(
      `${directory} is no project: it has neither wit/ with worlds and src/ with their guests, nor .wash/config.yaml`,
    );
  }
  return {
    manifests,
    load:
      manifests.length > 0
        ? ({ images }) => loadManifests(manifests, { images })
        : ({ images }) => loadWorlds(root, images),
    sources: {
      paths: INPUTS.map((path) => join(root, path)),
      isIgnored: createSourceFilter(root),
      build: async () => {
        await build(root, { force: false, output });
      },
    },
    address: undefined,
  };
}

function washSources(
  root: string,
  files: readonly string[],
  read: () => Promise<WashProject>,
  environment: NodeJS.ProcessEnv,
): Sources {
  return {
    // A change of the configuration may be one of how to build.
    paths: [root, ...files],
    isIgnored: createSourceFilter(root),
    build: async (signal) => {
      const project = await read();
      if (project.build === undefined) return;
      const { command, environment: own, componentPath } = project.build;
      await runShell(command, {
        directory: root,
        environment: { ...environment, ...own, WASH_COMPONENT_PATH: componentPath },
        signal,
      });
    },
  };
}

async function loadWorlds(root: string, images: boolean): Promise<Manifests> {
  const { guests } = await readProject(root);
  return await loadManifestTexts([await manifestOfWorlds(root, guests)], { images });
}

/** Whether `islet build` is for it; one with mistakes is. */
async function isGuestProject(root: string): Promise<boolean> {
  try {
    await readProject(root);
    return true;
  } catch (error) {
    if (error instanceof BuildError) return error.code === "guest-invalid";
    throw error;
  }
}

/** Files of the project, or of `manifests/` in it, that declare workloads. */
async function findManifests(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const directory of [root, join(root, "manifests")]) {
    const names: string[] = await readdir(directory).catch(() => []);
    for (const name of names.toSorted()) {
      const path = join(directory, name);
      if (name === CONFIG_NAME) continue;
      if (/^[^.].*\.(?:yaml|yml|json)$/.test(name) && (await isManifest(path))) found.push(path);
    }
  }
  return found;
}

/** Larger files are no manifests, in bytes. */
const MANIFEST_MAX = 2 ** 20;

async function isManifest(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MANIFEST_MAX) return false;
  return (await readFile(path, "utf8")).includes("runtime.wasmcloud.dev/");
}
