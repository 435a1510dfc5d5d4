import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { HostOperations } from "../operations.ts";
import type { EventLog } from "./event-log.ts";
import type { EventStreams } from "./event-streams.ts";
import type { FirecaseOptions } from "./firecase.ts";

/** What routes work with. */
export interface ApiContext {
  readonly host: HostOperations;
  readonly events: EventLog;
  readonly streams: EventStreams;
  /** Why the host does not take work yet, or no more; undefined where it does. */
  readonly notReady: () => string | undefined;
  readonly firecase: FirecaseOptions;
  /** Whether a request came over the socket, whose file is the owner's alone, or with the administrator's token. */
  readonly isAdmin: (request: IncomingMessage) => boolean;
}

/** The routes of one topic. */
export type RouteModule = (app: FastifyInstance, context: ApiContext) => void;
