import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../listen-address.ts";
import { listen } from "../listen.ts";
import { ClientSignal } from "./client-signal.ts";
import { problemOf, sendProblem } from "./problem.ts";
import { targetOf, toHttpRequest } from "./request.ts";
import { sendResponse } from "./response.ts";
import type { RouteTable } from "./route-table.ts";

export interface HttpIngressOptions {
  readonly address: ListenAddress;
  readonly routes: RouteTable;
  /** Told of faults that are the host's own, never of a guest's or a client's. */
  readonly onError: (error: unknown) => void;
}

/** The HTTP server that leads requests to workloads by their host name. */
export interface HttpIngress extends AsyncDisposable {
  /** Where it listens, with the real port where 0 was asked for. */
  readonly address: AddressInfo;
}

/**
 * Opens the ingress: HTTP/1.1 with keep-alive, bodies streamed both ways.
 * A client that goes away aborts the call of the guest.
 * Disposing it stops accepting, gives open requests `DRAIN` to finish, then cuts them.
 * Rejects with a `ListenError` where the address cannot be had.
 */
export async function startHttpIngress(options: HttpIngressOptions): Promise<HttpIngress> {
  // Host is checked by the ingress itself: Node would answer without saying why.
  const server = createServer({ requireHostHeader: false, noDelay: true }, (message, response) => {
    void serve(message, response, options);
  });
  const address = await listen(server, options.address);
  return { address, [Symbol.asyncDispose]: () => close(server) };
}

/** How long open requests may take to finish when the ingress closes, in milliseconds. */
const DRAIN = 500;

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  { routes, onError }: HttpIngressOptions,
): Promise<void> {
  const requestTarget = targetOf(message);
  if (requestTarget === undefined) {
    sendProblem(response, { status: 400, detail: `Cannot route the target "${message.url}"` });
    return;
  }
  const route = routes.resolve(requestTarget.authority);
  switch (route.tag) {
    case "invalid":
      sendProblem(response, { status: 400, detail: "The request names no valid host" });
      return;
    case "unknown":
      sendProblem(response, { status: 404, detail: `No workload answers for "${route.host}"` });
      return;
    case "target":
      break;
  }
  const gone = new ClientSignal();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("The client closed the connection"));
  });
  const request = toHttpRequest(message, requestTarget);
  try {
    const answer = await route.target.handle(request, gone);
    await sendResponse(response, answer, gone);
  } catch (error) {
    if (gone.aborted || response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = problemOf(error);
    if (problem.status === 500) onError(error);
    sendProblem(response, problem);
  } finally {
    // What the guest left of it would block the connection.
    request.body?.cancel();
  }
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearTimeout(cut);
}
