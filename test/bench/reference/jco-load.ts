/**
 * What jco alone needs for the components that the arguments name: transpile, load the glue, compile the modules.
 * Prints the milliseconds, jco's own import included, Node's start not.
 */
import { readFile } from "node:fs/promises";

const started = performance.now();
const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
for (const path of process.argv.slice(2)) {
  const { files } = await transpileBytes(await readFile(path), {
    name: "guest",
    instantiation: { tag: "async" },
    asyncMode: "jspi",
    base64Cutoff: 0,
  });
  const glue = Buffer.from(files["guest.js"] ?? []).toString("base64");
  await import(`data:text/javascript;base64,${glue}`);
  const modules = Object.entries(files).filter(([file]) => file.endsWith(".wasm"));
  await Promise.all(modules.map(([, bytes]) => WebAssembly.compile(bytes)));
}
console.log(performance.now() - started);
