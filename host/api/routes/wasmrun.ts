import type { FastifyInstance, FastifyReply } from "fastify";
import type { Service } from "../../manifest/workload.ts";
import { TunnelRequestError } from "../../tunnel/to-request.ts";
import { toSeedStatus } from "../../tunnel/client/state.ts";
import { OperationError } from "../../workload/operation-error.ts";
import type { WorkloadStatus } from "../../workload/status.ts";
import type { ApiContext } from "../context.ts";
import type { Schema } from "../schema/build.ts";
import { answer, problems, query } from "../schema/route.ts";
import { WASMRUN_BODY } from "../schema/tunnel.ts";
import { toNewTunnel, type TunnelBody } from "../tunnel-body.ts";

interface StartBody extends Partial<TunnelBody> {
  readonly workload?: string;
}

/** What wasmrun answers: an object with `success`, and `error` where that is false. */
const SEED: Schema = {
  type: "object",
  required: ["success"],
  properties: {
    success: { type: "boolean" },
    error: { type: "string" },
    message: { type: "string" },
    status: { type: "string" },
    public_url: { type: "string" },
    public_port: { type: "integer" },
  },
  additionalProperties: false,
};

/**
 * wasmrun's three routes, with its bodies and, unlike wasmrun, with statuses that say what happened.
 * It has one project and one tunnel; here the oldest tunnel of the host is the one that is spoken of.
 */
export function addWasmrunRoutes(app: FastifyInstance, { host }: ApiContext): void {
  const { tunnels } = host;
  /** Stops the tunnel that is being started, which is not among those of the host before its files were read. */
  let starting: AbortController | undefined;
  const common = { tags: ["wasmrun"], querystring: query({}) };
  const failures = {
    404: answer("There is no such workload or port", SEED),
    409: answer(
      "There is one already, it was stopped meanwhile, or it is not clear which port is meant",
      SEED,
    ),
    502: answer("The server cannot be reached, or refuses", SEED),
  };
  app.post<{ Body: StartBody | null }>(
    "/api/tunnel/start",
    {
      schema: {
        ...common,
        operationId: "wasmrunStartTunnel",
        summary: "Publish the port of the only service, or the one that the body names",
        body: WASMRUN_BODY,
        response: { 200: answer("It is connected", SEED), ...failures, ...problems({}) },
      },
    },
    async ({ body }, reply) => {
      if (starting !== undefined || tunnels.list().length > 0) {
        return refuse(reply, 409, "Tunnel is already running");
      }
      const own = new AbortController();
      starting = own;
      try {
        const { workload, ...wishes } = body ?? {};
        const status = chosen(workload === undefined ? host.list() : [host.get(workload)]);
        const port = wishes.port ?? portOf(status.workload.service);
        const wish = toNewTunnel({ ...wishes, port });
        const tunnel = await tunnels.start(status.id, wish, own.signal);
        const { state } = tunnel;
        if (state.tag === "connected") {
          return { success: true, public_url: state.publicUrl, status: toSeedStatus(state) };
        }
        if (state.tag === "failed" || state.tag === "reconnecting") {
          // As there, a tunnel that does not connect at first is not kept; it may be gone by itself.
          const isThere = tunnels.list().some(({ id }) => id === tunnel.id);
          if (isThere) tunnels.stop(tunnel.workload, tunnel.id);
          const { reason } = state.failure;
          return refuse(reply, 502, `Failed to connect to ${tunnel.server}: ${reason}`);
        }
        return refuse(reply, 409, STOPPED);
      } catch (error) {
        if (own.signal.aborted) return refuse(reply, 409, STOPPED);
        if (error instanceof TunnelRequestError) return refuse(reply, 409, error.message);
        if (!(error instanceof OperationError)) throw error;
        return refuse(reply, error.code === "not-found" ? 404 : 409, error.message);
      } finally {
        if (starting === own) starting = undefined;
      }
    },
  );
  app.get(
    "/api/tunnel/status",
    {
      schema: {
        ...common,
        operationId: "wasmrunGetTunnel",
        summary: "How the tunnel stands",
        response: { 200: answer("Not started, where there is none", SEED), ...problems({}) },
      },
    },
    async () => {
      const state = tunnels.list()[0]?.state;
      const isAhead = state === undefined && starting !== undefined;
      const status = isAhead ? "Connecting" : toSeedStatus(state);
      if (state?.tag !== "connected") return { success: true, status };
      const { publicUrl, publicPort } = state;
      return { success: true, status, public_url: publicUrl, public_port: publicPort };
    },
  );
  app.post(
    "/api/tunnel/stop",
    {
      schema: {
        ...common,
        operationId: "wasmrunStopTunnel",
        summary: "Stop the tunnel",
        body: { type: ["object", "null"] },
        response: {
          200: answer("It is gone", SEED),
          409: answer("There is none", SEED),
          ...problems({}),
        },
      },
    },
    async (_request, reply) => {
      const [tunnel] = tunnels.list();
      if (starting !== undefined) {
        starting.abort();
        starting = undefined;
      } else if (tunnel === undefined) {
        return refuse(reply, 409, "No tunnel is running");
      } else {
        tunnels.stop(tunnel.workload, tunnel.id);
      }
      return { success: true, message: "Tunnel stopped" };
    },
  );
}

const STOPPED = "The tunnel was stopped before it was connected";

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ success: false, error });
}

/** The only workload with a service. */
function chosen(workloads: readonly WorkloadStatus[]): WorkloadStatus {
  const services = workloads.filter(({ workload }) => workload.service !== undefined);
  const [first] = services;
  if (first === undefined) {
    throw new OperationError("not-found", "No workload has a service that a tunnel could lead to");
  }
  if (services.length === 1) return first;
  const names = services.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
  throw new OperationError("ambiguous", `Say which workload is meant: ${names}`);
}

/** The only TCP port that the service declares. */
function portOf(service: Service | undefined): number {
  const ports = (service?.ports ?? []).filter(({ protocol }) => protocol === "tcp");
  const [first] = ports;
  if (first !== undefined && ports.length === 1) return first.port;
  const state = first === undefined ? "declares none" : "declares several";
  throw new OperationError("conflict", `Say which port is meant: the service ${state}`);
}
