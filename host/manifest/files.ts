import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { CONFIG_NAME } from "./host-config.ts";
import { type ManifestFile, toManifestFile } from "./manifest-file.ts";
import type { Report } from "./report.ts";
import type { Location } from "./workload.ts";

/**
 * The manifests that `paths` name: files as they are, and of directories all files `*.yaml`, `*.yml` and `*.json`
 * by name, without those of directories inside, hidden ones and JSON schemas (`*.schema.json`).
 * A file that is named twice is there once. The host's configuration is none of them, as when a shell expands `*.yaml`.
 */
export async function listManifestFiles(
  paths: readonly string[],
  cwd: string,
  report: Report,
): Promise<ManifestFile[]> {
  const files = new Map<string, ManifestFile>();
  for (const path of paths) {
    for (const file of await expand(toManifestFile(path, cwd), cwd, report)) {
      files.set(file.path, file);
    }
  }
  const manifests = [...files.values()].filter(({ path }) => basename(path) !== CONFIG_NAME);
  if (manifests.length > 0) return manifests;
  for (const file of files.values()) {
    const message = "The file configures a host and holds no manifest";
    report.problem("unreadable", toStart(file), message);
  }
  return [];
}

/** The largest manifest that is read, in bytes; Kubernetes' store takes no larger object either. */
const FILE_MAX = 2 ** 20;

/** The text of a file; undefined, and reported, where it cannot be read, is too large or is not UTF-8. */
export async function readManifestFile(
  file: ManifestFile,
  report: Report,
): Promise<string | undefined> {
  try {
    const bytes = await readAtMost(file.path, FILE_MAX + 1);
    if (bytes.length > FILE_MAX) {
      report.problem("unreadable", toStart(file), `The file is larger than ${FILE_MAX} bytes`);
      return undefined;
    }
    return decode(bytes, file, report);
  } catch (error) {
    report.problem("unreadable", toStart(file), `The file ${toFault(error)}`);
    return undefined;
  }
}

async function expand(file: ManifestFile, cwd: string, report: Report): Promise<ManifestFile[]> {
  try {
    if (!(await stat(file.path)).isDirectory()) return [file];
    const files = await listDirectory(file.path, cwd);
    if (files.length === 0) {
      const message = "The directory holds no manifest (*.yaml, *.yml or *.json)";
      report.problem("unreadable", toStart(file), message);
    }
    return files;
  } catch (error) {
    report.problem("unreadable", toStart(file), `The file or directory ${toFault(error)}`);
    return [];
  }
}

async function listDirectory(path: string, cwd: string): Promise<ManifestFile[]> {
  const names = (await readdir(path)).filter(
    (name) =>
      /^[^.].*\.(?:yaml|yml|json)$/.test(name) &&
      !name.endsWith(".schema.json") &&
      name !== CONFIG_NAME,
  );
  const files = names.toSorted().map((name) => toManifestFile(join(path, name), cwd));
  const statuses = await Promise.all(files.map(isDirectory));
  return files.filter((_, index) => statuses[index] === false);
}

async function isDirectory({ path }: ManifestFile): Promise<boolean> {
  // A dangling link is kept: reading it says what is wrong.
  const status = await stat(path).catch(() => undefined);
  return status?.isDirectory() ?? false;
}

/** Reads until the end or `limit`, so that neither a device nor a growing file keeps it for ever. */
async function readAtMost(path: string, limit: number): Promise<Buffer> {
  await using handle = await open(path);
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await handle.read(buffer, length, limit - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function decode(bytes: Buffer, file: ManifestFile, report: Report): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    report.problem("unreadable", toStart(file), "The file is not UTF-8 text");
    return undefined;
  }
}

function toStart({ name }: ManifestFile): Location {
  return { file: name, line: 1, column: 1 };
}

function toFault(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
}
