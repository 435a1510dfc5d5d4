import type { FastifyInstance } from "fastify";
import { parseQuestion, QuestionError } from "../../question.ts";
import type { ApiContext } from "../context.ts";
import { ProblemError } from "../problem.ts";
import { toExplanation } from "../resource/explanation.ts";
import { list, record, refer } from "../schema/build.ts";
import { EXPLAIN_BODY } from "../schema/request.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";

interface ExplainBody {
  readonly use: string;
  readonly address: string;
  readonly guest?: string;
}

/** What policy would answer. */
export function addExplainRoutes(app: FastifyInstance, { host }: ApiContext): void {
  app.post<{ Params: { id: string }; Body: ExplainBody }>(
    "/v1/workloads/:id/explain",
    {
      schema: {
        operationId: "explain",
        summary: "What policy would answer its guests, and why; nothing is done",
        tags: ["policy"],
        params: ID_PARAMS,
        querystring: query({}),
        body: EXPLAIN_BODY,
        response: {
          200: answer("For each guest", record({ explanations: list(refer("Explanation")) })),
          ...problems({ 404: "There is none" }),
        },
      },
    },
    async ({ params, body: { use, address, guest } }) => {
      const explained = host.explain(params.id, toQuestion(use, address), guest);
      return { explanations: explained.map(toExplanation) };
    },
  );
}

function toQuestion(use: string, address: string): ReturnType<typeof parseQuestion> {
  try {
    return parseQuestion(use, address);
  } catch (error) {
    if (error instanceof QuestionError) throw new ProblemError("invalid-request", error.message);
    throw error;
  }
}
