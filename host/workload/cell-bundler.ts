import { fileURLToPath } from "node:url";

/** The program of a cell's thread as it stands in the sources: 200 modules, which each thread loads one by one. */
export const CELL_SOURCE: URL = new URL("./cell-worker.ts", import.meta.url);

/** The file of a bundle that a thread starts with. */
export const CELL_ENTRY = "cell-worker.mjs";

/** Writes the program of a cell's thread into `directory`, and returns the paths of all modules that are in it. */
export async function writeCellProgram(directory: string): Promise<readonly string[]> {
  // Seldom needed, and not small.
  const { rolldown } = await import("rolldown");
  await using bundle = await rolldown({
    input: fileURLToPath(CELL_SOURCE),
    platform: "node",
    external: [/^node:/],
  });
  const { output } = await bundle.write({
    dir: directory,
    format: "esm",
    entryFileNames: CELL_ENTRY,
    chunkFileNames: "[name]-[hash].mjs",
  });
  return output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
}
