import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listen } from "../ingress/listen.ts";
import type { ListenAddress } from "../ingress/listen-address.ts";
import type { HostOperations } from "../operations.ts";
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "./context.ts";
import { EventLog } from "./event-log.ts";
import { EventStreams } from "./event-streams.ts";
import type { Transport } from "./gate.ts";
import { answerProblem, createApiServer } from "./http-server.ts";
import { listenOnSocketFile } from "./socket-file.ts";
import { FIRECASE_OPTIONS, type FirecaseOptions } from "./firecase.ts";
import type { Token } from "./token.ts";

export interface ApiOptions {
  readonly host: HostOperations;
  /** Told of faults of the host itself; clients learn only that there was one. */
  readonly onError: (error: unknown) => void;
  /** Why the host does not take work yet, or no more; undefined where it does. */
  readonly notReady?: (() => string | undefined) | undefined;
  /** How the host shows itself to clients of Firecase's API. */
  readonly firecase?: Partial<FirecaseOptions> | undefined;
  /** Streams of events at a time, and bytes that wait for the reader of one; for tests. */
  readonly streams?: EventStreams | undefined;
}

/** The control API of a host: one set of routes, served wherever it is told to. Disposing it ends what is open. */
export interface Api extends AsyncDisposable {
  /** Serves it on a Unix socket that is this user's alone. Rejects with `SocketFileError`. */
  listenOnSocket(path: string): Promise<void>;
  /**
   * Serves it over TCP to those who have the token; what takes an administrator, to those with `adminToken`.
   * Rejects with `ListenError`.
   */
  listenOnTcp(address: ListenAddress, token: Token, adminToken?: Token): Promise<AddressInfo>;
}

/** Makes the API of a host; it listens nowhere yet. */
export function createApi(options: ApiOptions): Api {
  const { host, onError, notReady = () => undefined, streams = new EventStreams() } = options;
  const owned = new AsyncDisposableStack();
  const events = owned.use(new EventLog(host));
  const admins = new WeakSet<IncomingMessage>();
  let isClosing = false;
  const app = loadApp({
    host,
    events,
    streams,
    notReady: () => (isClosing ? "The host is stopping" : notReady()),
    firecase: { ...FIRECASE_OPTIONS, ...options.firecase },
    isAdmin: (request) => admins.has(request),
  });
  // Whoever asks is told as well.
  app.catch(onError);
  owned.defer(async () => await (await app.catch(() => undefined))?.close());

  /** The framework takes long to load, so that addresses are taken before and requests wait. */
  async function loadApp(context: ApiContext): Promise<FastifyInstance> {
    const { createApp } = await import("./app.ts");
    return await createApp({ context, onError });
  }

  function route(request: IncomingMessage, response: ServerResponse, isAdmin: boolean): void {
    if (isAdmin) admins.add(request);
    app.then(
      (routes) => routes.routing(request, response),
      (error: unknown) => answerProblem(response, error),
    );
  }

  function open(transport: Transport): Server {
    const server = createApiServer(transport, route);
    owned.defer(() => close(server));
    return server;
  }

  return {
    async listenOnSocket(path) {
      owned.use(await listenOnSocketFile(open({ tag: "socket" }), path));
    },
    async listenOnTcp(address, token, adminToken) {
      const bound = await listen(open({ tag: "tcp", token, adminToken }), address);
      owned.use(host.ownPort("tcp", bound.port));
      return bound;
    },
    async [Symbol.asyncDispose]() {
      isClosing = true;
      streams[Symbol.dispose]();
      await owned.disposeAsync();
    },
  };
}

/** Lets what is being answered finish, for a moment. */
async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (!server.listening) return;
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await promise;
  clearTimeout(timer);
}

/** Milliseconds. */
const GRACE = 1000;
