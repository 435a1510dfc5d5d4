import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.ts";
import { toTunnelResource } from "../resource/tunnel.ts";
import { list, record, refer, TEXT } from "../schema/build.ts";
import { EMPTY_BODY } from "../schema/request.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";
import { LINK_BODY, TUNNEL_BODY } from "../schema/tunnel.ts";
import { toMilliseconds, toNewTunnel, type TunnelBody } from "../tunnel-body.ts";

const PATH = "/v1/workloads/:id/tunnels";

const TUNNEL_PARAMS = record({
  id: { ...TEXT, minLength: 1, description: "ID, namespace%2Fname, or name" },
  tunnel: { ...TEXT, minLength: 1, description: "The tunnel's ID, or the beginning of it" },
});

interface TunnelParams {
  readonly id: string;
  readonly tunnel: string;
}

/** Ports of a workload that tunnel servers publish. */
export function addTunnelRoutes(app: FastifyInstance, { host: { tunnels } }: ApiContext): void {
  const common = { tags: ["tunnels"], querystring: query({}) };
  const one = { ...common, params: TUNNEL_PARAMS };
  const none = problems({ 404: "There is none" });
  app.get<{ Params: { id: string } }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "listTunnels",
        summary: "The ports of it that tunnel servers publish",
        params: ID_PARAMS,
        response: {
          200: answer("All of them", record({ tunnels: list(refer("Tunnel")) })),
          ...problems({ 404: "There is no such workload" }),
        },
      },
    },
    async ({ params }) => ({ tunnels: tunnels.list(params.id).map(toTunnelResource) }),
  );
  app.post<{ Params: { id: string }; Body: TunnelBody }>(
    PATH,
    {
      schema: {
        ...common,
        operationId: "createTunnel",
        summary: "Publish a port of it through a tunnel server",
        description:
          "Answers when the first attempt to connect came to its end; the state says how. " +
          "It stays through restarts and new versions, and ends when the workload stops.",
        params: ID_PARAMS,
        body: TUNNEL_BODY,
        response: {
          201: answer("It is there", refer("Tunnel")),
          ...problems({
            404: "There is no such workload, or no port of that name",
            409: "The workload is stopped, or has too many",
          }),
        },
      },
    },
    async ({ params, body }, reply) => {
      const status = await tunnels.start(params.id, toNewTunnel(body));
      return reply.code(201).send(toTunnelResource(status));
    },
  );
  app.get<{ Params: TunnelParams }>(
    `${PATH}/:tunnel`,
    {
      schema: {
        ...one,
        operationId: "getTunnel",
        summary: "One of them",
        response: { 200: answer("It", refer("Tunnel")), ...none },
      },
    },
    async ({ params: { id, tunnel } }) => toTunnelResource(tunnels.get(id, tunnel)),
  );
  app.delete<{ Params: TunnelParams }>(
    `${PATH}/:tunnel`,
    {
      schema: {
        ...one,
        operationId: "deleteTunnel",
        summary: "Give its public port up, and reset its visitors",
        response: { 204: { description: "It is gone" }, ...none },
      },
    },
    async ({ params: { id, tunnel } }, reply) => {
      tunnels.stop(id, tunnel);
      return reply.code(204).send();
    },
  );
  app.post<{ Params: TunnelParams }>(
    `${PATH}/:tunnel/reconnect`,
    {
      schema: {
        ...one,
        operationId: "reconnectTunnel",
        summary: "Connect anew at once",
        body: EMPTY_BODY,
        response: { 200: answer("How it stands", refer("Tunnel")), ...none },
      },
    },
    async ({ params: { id, tunnel } }) => toTunnelResource(tunnels.reconnect(id, tunnel)),
  );
  app.post<{ Params: TunnelParams; Body: { path: string; expires: string } }>(
    `${PATH}/:tunnel/links`,
    {
      schema: {
        ...one,
        operationId: "createTunnelLink",
        summary: "A signed link that lets its holder in",
        body: LINK_BODY,
        response: {
          201: answer("The link", record({ url: TEXT })),
          ...problems({ 404: "There is none", 409: "It takes no links, or is not connected" }),
        },
      },
    },
    async ({ params: { id, tunnel }, body: { path, expires } }, reply) =>
      reply.code(201).send({ url: tunnels.link(id, tunnel, path, toMilliseconds(expires)) }),
  );
}
