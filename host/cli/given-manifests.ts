import { join } from "node:path";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { type ManifestText, readManifestTexts } from "../manifest/load.ts";

/**
 * The texts of the manifests that a person named, for a host to load; `-` is what comes in on standard input, and
 * its images are relative to the working directory. Rejects where `interrupt` aborts meanwhile.
 */
export async function readGivenManifests(
  paths: readonly string[],
  interrupt: AbortSignal,
): Promise<readonly ManifestText[]> {
  const files = await readManifestTexts(paths.filter((path) => path !== STDIN));
  if (!paths.includes(STDIN)) return files;
  const input = await text(addAbortSignal(interrupt, process.stdin)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read manifests from standard input: ${reason}`, { cause: error });
  });
  return [...files, { name: join(process.cwd(), "stdin"), text: input }];
}

const STDIN = "-";
