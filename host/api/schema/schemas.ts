import type { Schema } from "./build.ts";
import { EXPLANATION, DECISION, ENDPOINT, LISTENER, LOG_LINE } from "./observed.ts";
import { FORWARD, FORWARD_STATS } from "./forward.ts";
import { PROBLEM } from "./problem.ts";
import { TUNNEL, TUNNEL_STATS } from "./tunnel.ts";
import { APPLIED, GUEST, REPLICA, WORKLOAD } from "./workload.ts";

/** All schemas with a name, for `#/components/schemas`. */
export const SCHEMAS: readonly Schema[] = [
  PROBLEM,
  WORKLOAD,
  GUEST,
  REPLICA,
  APPLIED,
  LOG_LINE,
  DECISION,
  LISTENER,
  ENDPOINT,
  EXPLANATION,
  FORWARD_STATS,
  FORWARD,
  TUNNEL_STATS,
  TUNNEL,
];
