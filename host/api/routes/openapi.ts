import type { FastifyInstance } from "fastify";
import { answer, problems } from "../schema/route.ts";

/** `/openapi.json`: all routes, for programs. */
export function addOpenApiRoutes(app: FastifyInstance): void {
  app.get(
    "/openapi.json",
    {
      schema: {
        operationId: "getOpenApi",
        summary: "This document",
        tags: ["host"],
        response: { 200: answer("OpenAPI 3.1", { type: "object" }), ...problems({}) },
      },
    },
    async () => app.swagger(),
  );
}
