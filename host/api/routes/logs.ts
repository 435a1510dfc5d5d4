import type { FastifyInstance } from "fastify";
import type { LogEntry } from "../../workload/log/log-entry.ts";
import type { ApiContext } from "../context.ts";
import type { StreamEvent } from "../event-stream.ts";
import { endWhenGone } from "../gone.ts";
import { toLogLine } from "../resource/log-line.ts";
import { list, record, refer, text, TIME } from "../schema/build.ts";
import { FOLLOW, followed, ID_PARAMS, problems, query } from "../schema/route.ts";

interface LogParameters {
  readonly follow: boolean;
  readonly guest?: string;
  readonly since?: string;
  readonly tail?: number;
}

/** What a workload printed. */
export function addLogRoutes(app: FastifyInstance, context: ApiContext): void {
  const { host, streams } = context;
  app.get<{ Params: { id: string }; Querystring: LogParameters }>(
    "/v1/workloads/:id/logs",
    {
      schema: {
        operationId: "getLogs",
        summary: "What a workload printed and what the host said of it",
        description:
          "Events of the stream: log. Last-Event-ID goes on behind that line, whatever tail and since say.",
        tags: ["observe"],
        params: ID_PARAMS,
        querystring: query({
          follow: FOLLOW,
          guest: text("Only the lines of this guest, or of the host"),
          since: { ...TIME, description: "Only lines from this time on" },
          tail: { type: "integer", minimum: 0, description: "Only the last that many" },
        }),
        response: {
          200: followed("The lines that are kept", record({ entries: list(refer("LogLine")) })),
          ...problems({ 404: "There is none" }),
        },
      },
    },
    async ({ params, query: { follow, guest, since, tail }, headers }, reply) => {
      const { id } = host.get(params.id);
      const last = follow ? lastSequence(headers["last-event-id"], id) : undefined;
      const page = host.logs(id, {
        guest,
        ...(last === undefined && {
          since: since === undefined ? undefined : Date.parse(since),
          tail,
        }),
      });
      if (!follow) return { entries: page.entries.map(toLogLine) };
      const toEvent = (entry: LogEntry): StreamEvent => ({
        event: "log",
        data: toLogLine(entry),
        id: `${id}.${entry.sequence}`,
      });
      const stream = streams.open(reply);
      stream.sendHistory(
        page.entries
          .filter(({ sequence }) => sequence > (last ?? -1))
          .values()
          .map(toEvent),
      );
      stream.use(page.follow((entry) => stream.send(toEvent(entry))));
      endWhenGone(stream, id, context);
      return reply;
    },
  );
}

/** The number of the line that a client had last, where it is one of this workload's. */
function lastSequence(lastId: string | string[] | undefined, id: string): number | undefined {
  if (typeof lastId !== "string" || !lastId.startsWith(`${id}.`)) return undefined;
  const sequence = Number(lastId.slice(id.length + 1));
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}
