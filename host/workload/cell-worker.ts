/** The program of a cell's thread. */
import { parentPort, workerData } from "node:worker_threads";
import type { CellWorkerData } from "./cell.ts";
import { runCell } from "./cell-runtime.ts";
import { startBeating } from "./liveness.ts";

if (parentPort === null) throw new Error("A cell runs in a worker thread only");
const { start, heart, flag }: CellWorkerData = workerData;
startBeating(heart, start.hang);
runCell(parentPort, start, flag);
