import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerProcess, startIslet } from "./host-process.ts";
import { manifestOf, type WorkloadSpec } from "./manifest.ts";

/** Starts the real program on these workloads of compiled guests. */
export async function startWorkloads(
  ...workloads: readonly WorkloadSpec[]
): Promise<ServerProcess> {
  // It is read once, at the start.
  await using directory = await mkdtempDisposable(join(tmpdir(), "islet-workloads-"));
  const manifest = join(directory.path, "workloads.yaml");
  await writeFile(manifest, manifestOf(workloads));
  return await startIslet([manifest]);
}
