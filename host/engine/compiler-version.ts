import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files that decide what becomes of a component; each change of theirs makes it anew. */
const SOURCES =
  /^(?:transpile|glue-script|patch|artifact|core-instances|safe-names|nested-lists|called-exports|interrupt|module-shape|memory-limits|value-type|branch-hints|byte-writer|wasm-reader)[\w-]*\.\w+$/;

/**
 * Names what this build of Islet makes of an image: jco's version and our own sources.
 * Read from the package and the files rather than kept in a constant, which somebody
 * forgets to change; not imported, because jco costs 100 ms and 60 MB.
 */
export function compilerVersion(): string {
  const sum = createHash("sha256").update(jcoVersion());
  const files = readdirSync(import.meta.dirname).filter((name) => SOURCES.test(name));
  for (const name of files.toSorted()) {
    sum.update(name).update(readFileSync(join(import.meta.dirname, name)));
  }
  return sum.digest("hex");
}

function jcoVersion(): string {
  const entry = import.meta.resolve("@bytecodealliance/jco-transpile");
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../package.json", entry), "utf8"),
  );
  return manifest.version;
}
