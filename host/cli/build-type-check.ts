import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { createRequire } from "node:module";
import { BuildError } from "./build-error.ts";

/** Milliseconds. */
const DEADLINE = 120_000;

/** Lines of errors that are shown; the first ones tend to be the cause of the rest. */
const MAX_LINES = 20;

/**
 * Checks the types of a project with the settings of its `tsconfig.json`; does nothing where it has none.
 *
 * @throws BuildError `types-invalid` with the errors as `src/guest.ts:3:14: …`.
 */
export async function checkTypes(projectDir: string): Promise<void> {
  if (!(await exists(join(projectDir, "tsconfig.json")))) return;
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  const args = [
    join(tsc, "..", "bin", "tsc"),
    "--project",
    projectDir,
    "--noEmit",
    "--pretty",
    "false",
  ];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile(
    process.execPath,
    args,
    { cwd: projectDir, timeout: DEADLINE, maxBuffer: 16 * 1024 * 1024 },
    (error, stdout, stderr) => {
      if (error === null) return resolve();
      const errors = stdout.trim() === "" ? `${error.message}\n${stderr}`.trim() : readable(stdout);
      reject(new BuildError("types-invalid", errors, { cause: error }));
    },
  );
  await promise;
}

/** `src/a.ts(3,14): error TS2322: …` becomes `src/a.ts:3:14: TS2322: …`. */
function readable(output: string): string {
  const lines = output
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^(\S.*?)\((\d+),(\d+)\): error /u, "$1:$2:$3: "));
  if (lines.length <= MAX_LINES) return lines.join("\n");
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`].join("\n");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
