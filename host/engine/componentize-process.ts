// The program of the builder's process: it imports jco and QuickJS, so that the host does not.
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { bundleGuest } from "./componentize-bundle.ts";
import { ComponentizeError } from "./componentize-error.ts";
import type { BuilderReply, BuilderRequest, BuilderTask } from "./componentize.ts";
import { componentizeWithQuickJs } from "./componentize-qjs.ts";
import { guestTypes, writeGuestTypes, type GuestTypes } from "./componentize-types.ts";
import { readWit, writeEngineWit, writeWit, type Wit } from "./componentize-wit.ts";
import { readWorld } from "./componentize-world.ts";

// jco's tools are components that read files through this shim, which opens nothing by itself.
// The package's declarations are those of its build for browsers, where a directory is not a path.
Reflect.apply(_setPreopens, undefined, [{ "/": "/" }]);

process.on("message", (request: BuilderRequest) => void answer(request));
process.on("disconnect", () => process.exit());

async function answer({ id, task, workDir }: BuilderRequest): Promise<void> {
  let reply: BuilderReply;
  try {
    reply = { id, tag: "done", result: await perform(task, workDir) };
  } catch (error) {
    reply =
      error instanceof ComponentizeError
        ? { id, tag: "error", code: error.code, message: error.message }
        : { id, tag: "error", code: "engine-failed", message: String(error) };
  }
  process.send?.(reply);
}

async function perform(task: BuilderTask, workDir: string): Promise<Uint8Array | undefined> {
  const directory = await mkdtemp(join(workDir, "task-"));
  const wit = await readWit(task.projectDir);
  if (task.tag === "types") {
    for (const world of wit.worlds) {
      await writeGuestTypes(await typesOf(wit, world, directory), join(task.projectDir, "types"));
    }
    return undefined;
  }
  return componentizeGuest(wit, task, directory);
}

async function componentizeGuest(
  wit: Wit,
  { projectDir, guest }: BuilderTask & { tag: "componentize" },
  directory: string,
): Promise<Uint8Array> {
  if (!wit.worlds.includes(guest)) {
    const names = wit.worlds.map((name) => `"${name}"`).join(", ") || "none";
    throw new ComponentizeError(
      "world-missing",
      `wit/: there is no world "${guest}" (worlds: ${names})`,
    );
  }
  const types = await typesOf(wit, guest, directory);
  const source = `src/${guest}.ts`;
  const bundle = await bundleGuest({
    projectDir,
    entry: join(projectDir, "src", `${guest}.ts`),
    world: readWorld(types, guest),
  });
  const witDir = join(directory, "engine");
  const world = await writeEngineWit(wit, guest, witDir);
  return componentizeWithQuickJs({ projectDir, source, bundle, witDir, world });
}

async function typesOf(wit: Wit, world: string, directory: string): Promise<GuestTypes> {
  const witDir = join(directory, "wit");
  await mkdir(witDir, { recursive: true });
  await writeWit(wit, witDir);
  return guestTypes(witDir, world);
}
