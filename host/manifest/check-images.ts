import { access, constants, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import type { ImageUse } from "./context.ts";
import { toDisplayPath } from "./manifest-file.ts";
import type { Report } from "./report.ts";

/** Reports images that are not files that this process may read; paths in messages are relative to `cwd`, or absolute without. */
export async function checkImages(
  uses: readonly ImageUse[],
  cwd: string | undefined,
  report: Report,
): Promise<void> {
  const findings = await Promise.all(uses.map((use) => findFileFault(use.path)));
  for (const [index, { path, field }] of uses.entries()) {
    const fault = findings[index];
    if (fault !== undefined) {
      const hint = fault === MISSING ? toHint(path, cwd) : "";
      const message = `${field.path}: ${field.text ?? path} ${fault}${hint}`;
      report.problem("unresolved", field.location, message);
    }
  }
}

const MISSING = "does not exist";

/** Why a file cannot be read; undefined where it can. */
export async function findFileFault(path: string): Promise<string | undefined> {
  try {
    const status = await stat(path);
    if (!status.isFile())
      return status.isDirectory() ? "is a directory, not a file" : "is not a file";
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" ? MISSING : `cannot be read (${String(code)})`;
  }
}

/** What builds a missing image that stands in the `dist` of something with sources. */
function toHint(path: string, cwd: string | undefined): string {
  const dist = path.lastIndexOf(`${sep}dist${sep}`);
  const directory = dist > 0 ? path.slice(0, dist) : undefined;
  return directory === undefined
    ? ` (looked for in ${toDisplayPath(dirname(path), cwd)})`
    : ` (run "islet build ${toDisplayPath(directory, cwd)}"?)`;
}
