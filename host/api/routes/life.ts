import type { FastifyInstance } from "fastify";
import type { WorkloadStatus } from "../../workload/status.ts";
import type { ApiContext } from "../context.ts";
import { parseGracePeriod } from "../grace-period.ts";
import { toWorkloadResource } from "../resource/workload.ts";
import { refer, type Schema } from "../schema/build.ts";
import { DRAIN_BODY, EMPTY_BODY } from "../schema/request.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";

interface Action {
  readonly name: "start" | "stop" | "restart";
  readonly summary: string;
  readonly body: Schema;
  readonly run: (reference: string, gracePeriod: number | undefined) => Promise<WorkloadStatus>;
}

/** Starting, stopping and restarting a workload. */
export function addLifeRoutes(app: FastifyInstance, { host }: ApiContext): void {
  const actions: readonly Action[] = [
    {
      name: "start",
      summary: "Start a workload that does not run",
      body: EMPTY_BODY,
      run: (reference) => host.start(reference),
    },
    {
      name: "stop",
      summary: "Drain and stop a workload, which stays known",
      body: DRAIN_BODY,
      run: (reference, gracePeriod) => host.stop(reference, { gracePeriod }),
    },
    {
      name: "restart",
      summary: "Replace a workload by a fresh incarnation of itself",
      body: EMPTY_BODY,
      run: (reference) => host.restart(reference),
    },
  ];
  for (const { name, summary, body, run } of actions) {
    app.post<{ Params: { id: string }; Body: { gracePeriod?: string } }>(
      `/v1/workloads/:id/${name}`,
      {
        schema: {
          operationId: `${name}Workload`,
          summary,
          tags: ["workloads"],
          params: ID_PARAMS,
          querystring: query({}),
          body,
          response: {
            200: answer("How it stands then", refer("Workload")),
            ...problems({ 404: "There is none", 409: "Not in its state, or several of that name" }),
          },
        },
      },
      async ({ params, body: given }) =>
        toWorkloadResource(await run(params.id, parseGracePeriod(given.gracePeriod))),
    );
  }
}
