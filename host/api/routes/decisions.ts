import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.ts";
import { endWhenGone } from "../gone.ts";
import { toDecision } from "../resource/decision.ts";
import { list, record, refer } from "../schema/build.ts";
import { FOLLOW, followed, ID_PARAMS, problems, query } from "../schema/route.ts";

/** What policy decided about the guests of a workload. */
export function addDecisionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { host, streams, events } = context;
  app.get<{ Params: { id: string }; Querystring: { follow: boolean } }>(
    "/v1/workloads/:id/decisions",
    {
      schema: {
        operationId: "getDecisions",
        summary: "What policy denied to its guests and what it let out",
        description:
          "Events of the stream: decision, for what is remembered, then each for the first, the tenth, the hundredth time.",
        tags: ["policy"],
        params: ID_PARAMS,
        querystring: query({ follow: FOLLOW }),
        response: {
          200: followed("Equal ones counted", record({ decisions: list(refer("Decision")) })),
          ...problems({ 404: "There is none" }),
        },
      },
    },
    async ({ params, query: { follow } }, reply) => {
      const { id, namespace, name } = host.get(params.id);
      const records = host.decisions(id);
      if (!follow) return { decisions: records.map(toDecision) };
      const stream = streams.open(reply);
      stream.sendHistory(
        records.values().map((record) => ({ event: "decision", data: toDecision(record) })),
      );
      const workload = `${namespace}/${name}`;
      stream.use(
        events.follow((_entry, event) => {
          if (event.tag !== "decision" || baseOf(event.workload) !== workload) return;
          stream.send({ event: "decision", data: toDecision(event.record) });
        }),
      );
      endWhenGone(stream, id, context);
      return reply;
    },
  );
}

/** Without the number of the replica. */
function baseOf(workload: string): string {
  return workload.replace(/#\d+$/, "");
}
