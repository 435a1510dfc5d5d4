import { isAbsolute } from "node:path";
import type { FastifyInstance } from "fastify";
import type { NewForward } from "../../forward-operations.ts";
import { parseAhead, parseDuration } from "../../manifest/duration.ts";
import { parsePublish, type Publish, PublishError } from "../../network/publish.ts";
import type { ApiContext } from "../context.ts";
import { ProblemError } from "../problem.ts";
import { toForwardResource } from "../resource/forward.ts";
import { list, record, refer, TEXT } from "../schema/build.ts";
import { FORWARD_BODY } from "../schema/forward.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";

interface ForwardBody extends Pick<
  NewForward,
  "port" | "protocol" | "label" | "allowPrivileged" | "proxyProtocol" | "maxConnections"
> {
  readonly publish: string;
  /** Durations as manifests have them. */
  readonly ttl?: string;
  readonly idleTimeout?: string;
}

const PATH = "/v1/workloads/:id/forwards";

const FORWARD_PARAMS = record({
  id: { ...TEXT, minLength: 1, description: "ID, namespace%2Fname, or name" },
  forward: { ...TEXT, description: "The forward's ID" },
});

/** Ports of the machine that lead into a workload. */
export function addForwardRoutes(app: FastifyInstance, { host: { forwards } }: ApiContext): void {
  const common = { tags: ["forwards"], querystring: query({}) };
  app.get<{ Params: { id: string } }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "listForwards",
        summary: "The ports of the machine that lead into it",
        params: ID_PARAMS,
        response: {
          200: answer("All of them", record({ forwards: list(refer("Forward")) })),
          ...problems({ 404: "There is no such workload" }),
        },
      },
    },
    async ({ params }) => ({ forwards: forwards.list(params.id).map(toForwardResource) }),
  );
  app.post<{ Params: { id: string }; Body: ForwardBody }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "createForward",
        summary: "Offer a port of it on the machine",
        description:
          "It stays through restarts and new versions, and ends when the workload stops.",
        params: ID_PARAMS,
        body: FORWARD_BODY,
        response: {
          201: answer("It is open", refer("Forward")),
          ...problems({
            403: "The port may not be taken",
            404: "There is no such workload, or no port of that name",
            409: "The address is held by another, or the workload is stopped",
            422: "The address cannot be had",
          }),
        },
      },
    },
    async ({ params, body }, reply) => {
      const { publish, ttl, idleTimeout, ...rest } = body;
      const forward = {
        ...rest,
        publish: toPublish(publish),
        ttl: ttl === undefined ? undefined : toTtl(ttl),
        idleTimeout: idleTimeout === undefined ? undefined : parseDuration(idleTimeout),
      };
      const status = await forwards.add(params.id, forward);
      return reply.code(201).send(toForwardResource(status));
    },
  );
  app.get<{ Params: { id: string; forward: string } }>(
    `${PATH}/:forward`,
    {
      schema: {
        ...common,
        operationId: "getForward",
        summary: "One of them",
        params: FORWARD_PARAMS,
        response: { 200: answer("It", refer("Forward")), ...problems({ 404: "There is none" }) },
      },
    },
    async ({ params: { id, forward } }) => toForwardResource(forwards.get(id, forward)),
  );
  app.delete<{ Params: { id: string; forward: string } }>(
    `${PATH}/:forward`,
    {
      schema: {
        ...common,
        operationId: "deleteForward",
        summary: "Free its address, and reset what is open through it",
        params: FORWARD_PARAMS,
        response: { 204: { description: "It is gone" }, ...problems({ 404: "There is none" }) },
      },
    },
    async ({ params: { id, forward } }, reply) => {
      await forwards.remove(id, forward);
      return reply.code(204).send();
    },
  );
}

function toTtl(text: string): number {
  const ttl = parseAhead(text);
  if (ttl !== undefined) return ttl;
  throw new ProblemError("invalid-request", `ttl: ${text} is longer than a century`);
}

function toPublish(text: string): Publish {
  try {
    const publish = parsePublish(text);
    if (publish.tag !== "unix" || isAbsolute(publish.path)) return publish;
    throw new ProblemError("invalid-request", `publish: "${text}" has no absolute path`);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    throw new ProblemError("invalid-request", `publish: ${error.message}`);
  }
}
