import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createComponentizer, type Componentizer } from "../engine/componentize.ts";
import { ComponentizeError } from "../engine/componentize-error.ts";
import { BuildError } from "./build-error.ts";
import { readProject, type Project } from "./build-project.ts";
import {
  componentPath,
  readRecord,
  sha256,
  writeAtomically,
  writeRecord,
  type BuildRecord,
} from "./build-record.ts";
import { checkTypes } from "./build-type-check.ts";

/** How to build. */
export interface BuildOptions {
  /** Build what is up to date as well. */
  readonly force: boolean;
  /** Gets progress, a line at a time. */
  readonly output: (line: string) => void;
}

/** What a build did. */
export interface BuildResult {
  readonly built: readonly string[];
  readonly upToDate: readonly string[];
}

/** Guests that are linked at once: each takes a processor and some 200 MB while it lasts. */
const CONCURRENCY = 2;

/** `islet build [DIR] [--force]`. */
export async function runBuild(
  args: { readonly dir: string; readonly force: boolean },
  output: (line: string) => void,
): Promise<void> {
  const { built, upToDate } = await build(args.dir, { force: args.force, output });
  if (built.length === 0) output(`${upToDate.join(", ")}: up to date`);
}

/**
 * Makes `dist/<name>.wasm` of every `src/<name>.ts` for which `wit/` has a world `<name>`,
 * and the declarations in `types/`, unless they are there already, made of the same sources by the same builder.
 *
 * @throws BuildError with all that is wrong with the sources; no component is replaced by a wrong one.
 */
export async function build(dir: string, { force, output }: BuildOptions): Promise<BuildResult> {
  const project = await readProject(dir);
  const record = force ? undefined : await usableRecord(project);
  const upToDate: string[] = [];
  const stale: string[] = [];
  for (const guest of project.guests) {
    const current = record !== undefined && (await isCurrent(project, guest, record));
    (current ? upToDate : stale).push(guest);
  }
  if (stale.length > 0) await buildGuests(project, stale, record, output);
  return { built: stale, upToDate };
}

async function usableRecord(project: Project): Promise<BuildRecord | undefined> {
  const record = await readRecord(project.dir);
  if (record?.digest !== project.digest) return undefined;
  // Editors need the declarations, and only a build writes them.
  const declared = access(join(project.dir, "types", "globals.d.ts"));
  return declared.then(
    () => record,
    () => undefined,
  );
}

async function isCurrent(project: Project, guest: string, record: BuildRecord): Promise<boolean> {
  const component = await readFile(componentPath(project.dir, guest)).catch(() => undefined);
  return component !== undefined && sha256(component) === record.guests[guest];
}

async function buildGuests(
  project: Project,
  guests: readonly string[],
  record: BuildRecord | undefined,
  output: (line: string) => void,
): Promise<void> {
  output(`building ${guests.join(", ")} …`);
  await using componentizer = createComponentizer();
  await fromAuthor(componentizer.generateTypes(project.dir));
  const [types, ...results] = await Promise.allSettled([
    checkTypes(project.dir),
    ...limited(CONCURRENCY, guests, (guest) => buildGuest(componentizer, project, guest)),
  ]);
  throwErrors(types, results);

  const digests: Record<string, string> = { ...record?.guests };
  for (const result of results) {
    if (result.status === "rejected") continue;
    const { guest, component, milliseconds } = result.value;
    await writeAtomically(componentPath(project.dir, guest), component);
    digests[guest] = sha256(component);
    const size = (component.length / 1e6).toFixed(1);
    output(`  dist/${guest}.wasm ${size} MB in ${(milliseconds / 1000).toFixed(1)} s`);
  }
  await writeRecord(project.dir, { digest: project.digest, guests: digests });
}

async function buildGuest(
  componentizer: Componentizer,
  { dir }: Project,
  guest: string,
): Promise<{ guest: string; component: Uint8Array; milliseconds: number }> {
  const start = performance.now();
  const component = await componentizer.componentize({ projectDir: dir, guest });
  return { guest, component, milliseconds: performance.now() - start };
}

/** Starts as many at once as allowed; the promises are in the order of the items. */
function limited<T, R>(
  concurrency: number,
  items: readonly T[],
  start: (item: T) => Promise<R>,
): Promise<R>[] {
  const started: Promise<R>[] = [];
  for (const [index, item] of items.entries()) {
    const before = started[index - concurrency];
    const begin = (): Promise<R> => start(item);
    started.push(before === undefined ? begin() : before.then(begin, begin));
  }
  return started;
}

async function fromAuthor<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new BuildError("guest-invalid", messageForAuthor(error), { cause: error });
  }
}

/** All errors in one message, the type checker's first: they have places. */
function throwErrors(
  types: PromiseSettledResult<unknown>,
  guests: readonly PromiseSettledResult<unknown>[],
): void {
  const failed = guests.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  const messages = failed.map(messageForAuthor);
  if (types.status === "rejected") {
    if (!(types.reason instanceof BuildError) || messages.length === 0) throw types.reason;
    messages.unshift(types.reason.message);
  }
  if (messages.length === 0) return;
  throw new BuildError("guest-invalid", [...new Set(messages)].join("\n"), { cause: failed[0] });
}

/** Anything but a mistake of the guest's author goes on as it is. */
function messageForAuthor(error: unknown): string {
  if (error instanceof ComponentizeError) return error.message;
  throw error;
}
