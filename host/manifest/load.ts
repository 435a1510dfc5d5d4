import { Breather } from "./breather.ts";
import { checkDocumentNames, checkHosts } from "./check-across.ts";
import { checkDirectories } from "./check-directories.ts";
import { checkImages } from "./check-images.ts";
import type { Context } from "./context.ts";
import { type Declaration, isWorkload } from "./declaration.ts";
import { ManifestError, type Problem } from "./error.ts";
import { listManifestFiles, readManifestFile } from "./files.ts";
import { type ManifestFile, toGivenFile } from "./manifest-file.ts";
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
  /** Whether the images, and the directories of volumes, must be there, as they must to run; true by default. */
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
  const texts = await readTexts(await listManifestFiles(paths, cwd, report), report);
  return await toManifests(texts, report, { cwd, images });
}

/** The text of a manifest that somebody else has read. */
export interface ManifestText {
  /** The absolute path of the file: images are relative to its directory, and messages call it so. */
  readonly name: string;
  readonly text: string;
}

/**
 * Loads manifests from their texts; paths in messages are absolute.
 *
 * @throws {ManifestError} with all mistakes of all texts, where there is one.
 */
export async function loadManifestTexts(
  texts: readonly ManifestText[],
  { images = true }: Pick<LoadOptions, "images"> = {},
): Promise<Manifests> {
  const files = texts.map(({ name, text }) => ({ file: toGivenFile(name), text }));
  return await toManifests(files, new Report(), { images });
}

/**
 * Reads the texts of the manifests that `paths` name, for another process to load.
 *
 * @throws {ManifestError} with all files that cannot be read, where there is one.
 */
export async function readManifestTexts(
  paths: readonly string[],
  cwd: string = process.cwd(),
): Promise<readonly ManifestText[]> {
  const report = new Report();
  const files = await listManifestFiles(paths, cwd, report);
  const texts = await readTexts(files, report);
  if (report.problems.length > 0) throw new ManifestError(sort(report.problems, files));
  return texts.flatMap(({ file, text }) => (text === undefined ? [] : [{ name: file.path, text }]));
}

interface FileText {
  readonly file: ManifestFile;
  /** Undefined where it could not be read. */
  readonly text: string | undefined;
}

/** Reads the files, and reports those that cannot be read. */
async function readTexts(files: readonly ManifestFile[], report: Report): Promise<FileText[]> {
  const texts: FileText[] = [];
  for (const file of files) {
    texts.push({ file, text: await readManifestFile(file, report) });
  }
  return texts;
}

async function toManifests(
  texts: readonly FileText[],
  report: Report,
  { cwd, images }: { readonly cwd?: string | undefined; readonly images: boolean },
): Promise<Manifests> {
  const files = texts.map(({ file }) => file);
  const declarations: Declaration[] = [];
  const breather = new Breather();
  for (const { file, text } of texts) {
    if (text !== undefined) declarations.push(...parseManifest(text, file, report));
    await breather.breathe();
  }
  return await readDeclarations(declarations, files, report, { cwd, images });
}

/**
 * Understands the declarations of `files`.
 *
 * @throws {ManifestError} with all mistakes, those that were reported before included, where there is one.
 */
export async function readDeclarations(
  declarations: readonly Declaration[],
  files: readonly ManifestFile[],
  report: Report,
  { cwd, images }: { readonly cwd?: string | undefined; readonly images: boolean },
): Promise<Manifests> {
  checkDocumentNames(declarations, report);
  const sources = new Sources(declarations, report);
  const context: Context = { report, sources, images: [], directories: [], hosts: [] };
  const workloads: Workload[] = [];
  const breather = new Breather();
  for (const declaration of declarations.filter(isWorkload)) {
    workloads.push(readWorkload(declaration, context));
    await breather.breathe();
  }
  sources.noteUnused();
  checkHosts(context.hosts, report);
  if (images) await checkImages(context.images, cwd, report);
  if (images) await checkDirectories(context.directories, report);
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
