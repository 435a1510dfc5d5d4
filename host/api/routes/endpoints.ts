import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.ts";
import { toEndpoints } from "../resource/endpoint.ts";
import { sendSnapshots } from "../snapshots.ts";
import { list, record, refer } from "../schema/build.ts";
import { FOLLOW, followed, ID_PARAMS, problems, query } from "../schema/route.ts";

/** Where a workload can be reached from outside. */
export function addEndpointRoutes(app: FastifyInstance, context: ApiContext): void {
  const { host } = context;
  app.get<{ Params: { id: string }; Querystring: { follow: boolean } }>(
    "/v1/workloads/:id/endpoints",
    {
      schema: {
        operationId: "getEndpoints",
        summary: "Where it can be reached from outside",
        description: "Events of the stream: endpoints, the whole list with each change.",
        tags: ["observe"],
        params: ID_PARAMS,
        querystring: query({ follow: FOLLOW }),
        response: {
          200: followed("All of them", record({ endpoints: list(refer("Endpoint")) })),
          ...problems({ 404: "There is none" }),
        },
      },
    },
    async ({ params, query: { follow } }, reply) => {
      const { id } = host.get(params.id);
      const snapshot = (): { endpoints: unknown } => ({
        endpoints: toEndpoints(host, id),
      });
      return follow ? sendSnapshots(reply, "endpoints", id, snapshot, context) : snapshot();
    },
  );
}
