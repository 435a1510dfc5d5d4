import { checkDocumentNames, checkHosts } from "./check-across.ts";
import { checkImages } from "./check-images.ts";
import type { Context } from "./context.ts";
import { type Declaration, isWorkload } from "./declaration.ts";
import { ManifestError, type Problem } from "./error.ts";
import { listManifestFiles, readManifestFile } from "./files.ts";
import type { ManifestFile } from "./manifest-file.ts";
import type { Notice } from "./notice.ts";
import { parseManifest } from "./parse.ts";
import { readWorkload } from "./read-workload.ts";
import { Report } from "./report.ts";
import { Sources } from "./sources.ts";
import type { Workload } from "./workload.ts";

/** What manifests declare. */
export interface Manifests {
  /** In the order of the files, and in each of its documents. */
  readonly workloads: readonly Workload[];
  /** What their authors should know, in the same order. */
  readonly notices: readonly Notice[];
}

export interface LoadOptions {
  /** The working directory; that of the process by default. */
  readonly cwd?: string;
  /** Whether the images must be there, as they must to run; true by default. */
  readonly images?: boolean;
}

/**
 * Loads the manifests that `paths` name: files, and directories with all `*.yaml`, `*.yml` and `*.json` in them.
 * Relative paths, and the paths in messages, are relative to `cwd`.
 *
 * @throws {ManifestError} with all mistakes of all files, where there is one.
 */
export async function loadManifests(
  paths: readonly string[],
  { cwd = process.cwd(), images = true }: LoadOptions = {},
): Promise<Manifests> {
  const report = new Report();
  const files = await listManifestFiles(paths, cwd, report);
  const declarations: Declaration[] = [];
  for (const file of files) {
    const text = await readManifestFile(file, report);
    if (text !== undefined) declarations.push(...parseManifest(text, file, report));
  }
  checkDocumentNames(declarations, report);
  const sources = new Sources(declarations, report);
  const context: Context = { report, sources, images: [], hosts: [] };
  const workloads = declarations
    .filter(isWorkload)
    .map((declaration) => readWorkload(declaration, context));
  sources.noteUnused();
  checkHosts(context.hosts, report);
  if (images) await checkImages(context.images, cwd, report);
  if (report.problems.length > 0) throw new ManifestError(sort(report.problems, files));
  return { workloads, notices: sort(report.notices, files) };
}

function sort<T extends Problem | Notice>(
  entries: readonly T[],
  files: readonly ManifestFile[],
): T[] {
  const order = new Map(files.map(({ name }, index) => [name, index]));
  return entries.toSorted(({ location: a }, { location: b }) => {
    const file = (order.get(a.file) ?? -1) - (order.get(b.file) ?? -1);
    return file || a.line - b.line || a.column - b.column;
  });
}
