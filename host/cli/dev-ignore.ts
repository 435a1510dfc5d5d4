import { basename, relative, sep } from "node:path";

/** Directories of what tools make and fetch; none of them is a source, wherever it is. */
const NEVER = new Set(["node_modules", "__pycache__", "venv", "zig-out", "zig-cache"]);

/** Directories of what builds make, unless they are part of the sources. */
const OUTPUTS = new Set(["target", "dist", "build", "out", "bin", "obj"]);

/** Files that builds make, and that editors leave for a moment. */
const NO_SOURCE = /(?:\.wasm|\.log|\.tmp|\.swp|\.swx|~|^4913|^#.*#)$/;

/**
 * Tells what of a project in `directory` is no source: hidden files and directories, what was fetched,
 * what builds make, and what editors leave behind. Within `src` only what cannot be a source by its name.
 */
export function createSourceFilter(directory: string): (path: string) => boolean {
  return (path) => {
    const below = relative(directory, path);
    if (below === "" || below.startsWith("..")) return false;
    const names = below.split(sep);
    const sources = names.indexOf("src");
    if (NO_SOURCE.test(basename(path))) return true;
    return names.some(
      (name, index) =>
        name.startsWith(".") ||
        NEVER.has(name) ||
        (OUTPUTS.has(name) && (sources === -1 || index < sources)),
    );
  };
}
