/** The program of a cell that does what the name of its workload says, for tests of what holds it. */
import { parentPort, workerData } from "node:worker_threads";
import { startBeating } from "../../../host/workload/liveness.ts";

const { start, heart } = workerData;
startBeating(heart, start.hang);

switch (start.workload) {
  case "throws":
    throw new Error("out of luck");
  case "exits":
    process.exit(0);
    break;
  case "spins":
    for (;;);
  case "fills the heap": {
    // A little at a time, so that it is not the heart that stops first.
    const kept: unknown[] = [];
    setInterval(() => kept.push(Array.from({ length: 300_000 }, () => ({}))), 1);
    break;
  }
  case "breaks the protocol":
    parentPort?.postMessage([{ tag: "http-response", id: 7 }], []);
    parentPort?.on("message", () => {});
    break;
  case "ignores stop":
    parentPort?.postMessage([{ tag: "ready" }], []);
    parentPort?.on("message", () => {});
    break;
}
