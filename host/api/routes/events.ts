import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.ts";
import { problems, query, streamed } from "../schema/route.ts";

/** What happens in the host. */
export function addEventRoutes(app: FastifyInstance, { streams, events }: ApiContext): void {
  app.get(
    "/v1/events",
    {
      schema: {
        operationId: "getEvents",
        summary: "What happens in the host, lines of logs apart: a stream of server-sent events",
        description:
          "Events: state, applied, deleted, port, decision, forward, tunnel, warning; gap where some were forgotten. " +
          "Without Last-Event-ID it begins now, with it behind that event.",
        tags: ["observe"],
        querystring: query({}),
        response: { 200: streamed("Until either side ends it"), ...problems({}) },
      },
    },
    async ({ headers }, reply) => {
      const lastId = headers["last-event-id"];
      const stream = streams.open(reply);
      if (typeof lastId === "string") stream.sendHistory(events.after(lastId));
      stream.use(events.follow((entry) => stream.send(entry)));
      return reply;
    },
  );
}
