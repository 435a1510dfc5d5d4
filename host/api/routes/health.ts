import type { ApiContext } from "../context.ts";
import type { FastifyInstance } from "fastify";
import { ProblemError } from "../problem.ts";
import { oneOf, record } from "../schema/build.ts";
import { answer, problems } from "../schema/route.ts";

/** `/healthz` and `/readyz`, which anybody may ask: they say nothing else. */
export function addHealthRoutes(app: FastifyInstance, { notReady }: ApiContext): void {
  app.get(
    "/healthz",
    {
      schema: {
        operationId: "getHealth",
        summary: "Whether the host runs",
        tags: ["host"],
        security: [],
        response: { 200: answer("It does", record({ status: oneOf(["ok"]) })), ...problems({}) },
      },
    },
    async () => ({ status: "ok" }),
  );
  app.get(
    "/readyz",
    {
      schema: {
        operationId: "getReadiness",
        summary: "Whether the host takes work",
        tags: ["host"],
        security: [],
        response: {
          200: answer("It does", record({ status: oneOf(["ready"]) })),
          ...problems({ 503: "It does not yet, or no more" }),
        },
      },
    },
    async () => {
      const reason = notReady();
      if (reason !== undefined) throw new ProblemError("not-ready", reason);
      return { status: "ready" };
    },
  );
}
