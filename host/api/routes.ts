import type { RouteModule } from "./context.ts";
import { addDecisionRoutes } from "./routes/decisions.ts";
import { addEndpointRoutes } from "./routes/endpoints.ts";
import { addEventRoutes } from "./routes/events.ts";
import { addExplainRoutes } from "./routes/explain.ts";
import { addFirecaseRoutes } from "./routes/firecase.ts";
import { addForwardRoutes } from "./routes/forwards.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addLifeRoutes } from "./routes/life.ts";
import { addListenerRoutes } from "./routes/listeners.ts";
import { addLogRoutes } from "./routes/logs.ts";
import { addOpenApiRoutes } from "./routes/openapi.ts";
import { addTunnelRoutes } from "./routes/tunnels.ts";
import { addWasmrunRoutes } from "./routes/wasmrun.ts";
import { addWorkloadRoutes } from "./routes/workloads.ts";

/** All of the API, a file for each topic. What the gate asks of a request holds for each of them. */
export const ROUTES: readonly RouteModule[] = [
  addWorkloadRoutes,
  addLifeRoutes,
  addLogRoutes,
  addListenerRoutes,
  addDecisionRoutes,
  addEndpointRoutes,
  addExplainRoutes,
  addForwardRoutes,
  addFirecaseRoutes,
  addTunnelRoutes,
  addWasmrunRoutes,
  addEventRoutes,
  addHealthRoutes,
  addOpenApiRoutes,
];
