import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { ApiContext } from "./context.ts";
import { JSON_BODY } from "./json-body.ts";
import { BODY_MAX } from "./limits.ts";
import { allowedMethods, type RouteName } from "./method.ts";
import { OPENAPI } from "./openapi.ts";
import { PROBLEM_TYPE, ProblemError } from "./problem.ts";
import { ROUTES } from "./routes.ts";
import { SCHEMAS } from "./schema/schemas.ts";
import { toProblemError } from "./to-problem.ts";
import { addTypedQueries } from "./typed-query.ts";

export interface AppOptions {
  readonly context: ApiContext;
  /** Told of faults of the host itself; clients learn only that there was one. */
  readonly onError: (error: unknown) => void;
}

/** The routes of the API, ready to be handed requests; it listens to nothing. */
export async function createApp({ context, onError }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_MAX,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: REFERENCE_MAX },
    // What is not in the schema is a mistake of the client's, and told; nothing is converted in silence.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
    frameworkErrors: (error, _request, reply) => answerError(error, reply as FastifyReply, onError),
  });
  const routes: RouteName[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    routes.push({ methods: [method].flat(), url });
  });
  await app.register(swagger, OPENAPI);
  for (const schema of SCHEMAS) app.addSchema(schema);
  app.addContentTypeParser("application/json", { parseAs: "string" }, JSON_BODY);
  // The schemas of answers are documentation, and checked by tests: JSON is written as it is.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  addTypedQueries(app);
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, onError));
  app.setNotFoundHandler((request, reply) =>
    answerError(notFound(request, routes), reply, onError),
  );
  app.after(() => {
    for (const addRoutes of ROUTES) addRoutes(app, context);
  });
  await app.ready();
  return app;
}

/** `namespace/name` of a workload at their longest, each character percent-encoded. */
const REFERENCE_MAX = 3 * (63 + 1 + 253);

function notFound({ method, url }: FastifyRequest, routes: readonly RouteName[]): ProblemError {
  const [path = ""] = url.split("?", 1);
  const allow = allowedMethods(path, routes);
  if (allow.length === 0) {
    return new ProblemError("not-found", `The API has nothing at ${path}. See /openapi.json`);
  }
  const list = allow.join(", ");
  return new ProblemError("method-not-allowed", `${path} takes ${list}, not ${method}`, {
    headers: { allow: list },
  });
}

function answerError(error: unknown, reply: FastifyReply, onError: (error: unknown) => void): void {
  const known = toProblemError(error);
  if (known === undefined) onError(error);
  const { problem, headers } =
    known ?? new ProblemError("internal", "The host failed; its own log says how");
  // As bytes, to which the framework adds nothing: RFC 9457 knows no charset.
  void reply
    .code(problem.status)
    .headers(headers)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}
