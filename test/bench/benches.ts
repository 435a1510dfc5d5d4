import type { Bench } from "./bench.ts";
import { egressThroughput } from "./egress.ts";
import { forwardMemory, forwardRtt, forwardThroughput } from "./forward.ts";
import { hotImport } from "./hot-import.ts";
import { httpHello, httpService } from "./http.ts";
import { ingressRoutes } from "./ingress-routes.ts";
import { loopbackRtt, loopbackThroughput } from "./loopback.ts";
import { outgoingHttp } from "./outgoing-http.ts";
import { policyDecide } from "./policy.ts";
import { scale } from "./scale.ts";
import { tunnelThroughput } from "./tunnel.ts";
import { udpRtt } from "./udp.ts";
import { idleMemory, workloadCached, workloadCold } from "./workload.ts";

/** All benchmarks, in the order of the table. */
export const benches: readonly Bench[] = [
  loopbackRtt,
  loopbackThroughput,
  udpRtt,
  httpHello,
  httpService,
  ingressRoutes,
  egressThroughput,
  outgoingHttp,
  forwardThroughput,
  forwardRtt,
  forwardMemory,
  tunnelThroughput,
  workloadCold,
  workloadCached,
  idleMemory,
  hotImport,
  policyDecide,
  scale,
];
