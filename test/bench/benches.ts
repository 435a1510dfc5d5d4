import type { Bench } from "./bench.ts";
import { hotImport } from "./hot-import.ts";
import { httpHello, httpService } from "./http.ts";
import { loopbackRtt, loopbackThroughput } from "./loopback.ts";
import { idleMemory, workloadCached, workloadCold } from "./workload.ts";

/** All benchmarks, in the order of the table. */
export const benches: readonly Bench[] = [
  loopbackRtt,
  loopbackThroughput,
  httpHello,
  httpService,
  workloadCold,
  workloadCached,
  idleMemory,
  hotImport,
];
