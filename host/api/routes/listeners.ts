import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.ts";
import { sendSnapshots } from "../snapshots.ts";
import { list, record, refer } from "../schema/build.ts";
import { FOLLOW, followed, ID_PARAMS, problems, query } from "../schema/route.ts";

/** Ports that the guests of a workload listen on. */
export function addListenerRoutes(app: FastifyInstance, context: ApiContext): void {
  const { host } = context;
  app.get<{ Params: { id: string }; Querystring: { follow: boolean } }>(
    "/v1/workloads/:id/listeners",
    {
      schema: {
        operationId: "getListeners",
        summary: "Ports that its guests listen on, on the workload's own network",
        description: "Events of the stream: listeners, the whole list with each change.",
        tags: ["observe"],
        params: ID_PARAMS,
        querystring: query({ follow: FOLLOW }),
        response: {
          200: followed("All of them", record({ listeners: list(refer("Listener")) })),
          ...problems({ 404: "There is none" }),
        },
      },
    },
    async ({ params, query: { follow } }, reply) => {
      const { id } = host.get(params.id);
      const snapshot = (): { listeners: unknown } => ({ listeners: host.listeners(id) });
      return follow ? sendSnapshots(reply, "listeners", id, snapshot, context) : snapshot();
    },
  );
}
