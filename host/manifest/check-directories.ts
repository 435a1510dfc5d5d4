import { access, constants, stat } from "node:fs/promises";
import type { DirectoryUse } from "./context.ts";
import type { Report } from "./report.ts";

/** Reports what volumes need of this machine and it has not: directories that this process may look into. */
export async function checkDirectories(
  uses: readonly DirectoryUse[],
  report: Report,
): Promise<void> {
  const faults = await Promise.all(uses.map(({ path }) => findFault(path)));
  for (const [index, { path, field }] of uses.entries()) {
    const fault = faults[index];
    if (fault !== undefined) {
      report.problem("unresolved", field.location, `${field.path}: ${path} ${fault}`);
    }
  }
}

async function findFault(path: string): Promise<string | undefined> {
  try {
    const status = await stat(path);
    if (!status.isDirectory()) return "is not a directory";
    await access(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR"
      ? "does not exist"
      : `cannot be read (${String(code)})`;
  }
}
