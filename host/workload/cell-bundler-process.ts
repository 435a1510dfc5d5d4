/** `node cell-bundler-process.ts DIRECTORY`: writes the program of a cell's thread into the directory. */
import { writeCellProgram } from "./cell-bundler.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("Cannot write the program: no directory was given");
await writeCellProgram(directory);
