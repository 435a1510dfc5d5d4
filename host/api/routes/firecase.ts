import type { FastifyInstance } from "fastify";
import type { ForwardStatus } from "../../ingress/forward/forward.ts";
import type { ApiContext } from "../context.ts";
import { Firecase, type FirecaseForward } from "../firecase.ts";
import { INTEGER, list, orNull, record, type Schema, TEXT } from "../schema/build.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";

const PATH = "/instances/:id/port-forwards";

const FORWARD: Schema = record({
  id: TEXT,
  instance_id: TEXT,
  guest_port: INTEGER,
  host_port: INTEGER,
  protocol: { type: "string", enum: ["tcp"] },
  label: orNull(TEXT),
});

const BODY: Schema = {
  type: "object",
  required: ["guest_port"],
  additionalProperties: false,
  properties: {
    guest_port: { type: "integer", description: "1 to 65535, without 22" },
    protocol: { ...TEXT, default: "tcp", description: "tcp" },
    label: { ...TEXT, minLength: 1, maxLength: 128, description: "For people" },
  },
};

const PARAMS: Schema = record({
  id: { ...TEXT, minLength: 1, description: "ID, namespace%2Fname, or name of a workload" },
  forward: { ...TEXT, description: "The forward's ID" },
});

interface FirecaseResource {
  readonly id: string;
  readonly instance_id: string;
  readonly guest_port: number;
  readonly host_port: number;
  readonly protocol: "tcp";
  readonly label: string | null;
}

/** Firecase's API of port forwards: an instance is a workload. What its page leaves open is said here. */
export function addFirecaseRoutes(
  app: FastifyInstance,
  { host, firecase: options, isAdmin }: ApiContext,
): void {
  const firecase = new Firecase(host, options);
  const common = { tags: ["firecase"], querystring: query({}) };
  app.post<{ Params: { id: string }; Body: FirecaseForward }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "firecaseCreateForward",
        summary: "Forward a port of a running workload from a port that the host picks",
        description:
          "Several forwards may lead to one port. Nothing has to listen on it yet: connections wait for that. " +
          "It ends when it is deleted or the workload is stopped, and stays through restarts of its service.",
        params: ID_PARAMS,
        body: BODY,
        response: {
          201: answer("It is open", record({ port_forward: FORWARD, hostname: TEXT })),
          ...problems({
            403: "The port is 22, or below 1024 without the administrator's token",
            404: "There is no such workload",
            409: "The workload is not running, or no port of the machine is free",
            422: "The protocol is not tcp, or the port is none",
            429: "The workload has as many forwarded ports as it may",
          }),
        },
      },
    },
    async ({ params, body, raw }, reply) => {
      const forward = await firecase.create(params.id, body, isAdmin(raw));
      return reply.code(201).send({
        port_forward: toResource(forward, host.get(params.id).id),
        hostname: options.hostname,
      });
    },
  );
  app.get<{ Params: { id: string } }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "firecaseListForwards",
        summary: "The forwarded TCP ports of a workload, however they were made, the oldest first",
        params: ID_PARAMS,
        response: {
          200: answer("All of them", record({ port_forwards: list(FORWARD) })),
          ...problems({ 404: "There is no such workload" }),
        },
      },
    },
    async ({ params }) => {
      const { id } = host.get(params.id);
      return { port_forwards: firecase.list(id).map((forward) => toResource(forward, id)) };
    },
  );
  app.delete<{ Params: { id: string; forward: string } }>(
    `${PATH}/:forward`,
    {
      schema: {
        ...common,
        operationId: "firecaseDeleteForward",
        summary: "Free its port, and reset what is open through it",
        params: PARAMS,
        response: {
          204: { description: "It is gone" },
          ...problems({ 404: "There is no such workload, or no such forward" }),
        },
      },
    },
    async ({ params: { id, forward } }, reply) => {
      await firecase.remove(id, forward);
      return reply.code(204).send();
    },
  );
}

function toResource(forward: ForwardStatus, workload: string): FirecaseResource {
  const outside = forward.outsides.find(({ tag }) => tag === "port");
  return {
    id: forward.id,
    instance_id: workload,
    guest_port: forward.port,
    host_port: outside?.tag === "port" ? outside.port : 0,
    protocol: "tcp",
    label: forward.label ?? null,
  };
}
