import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { checkRequest, type Transport } from "./gate.ts";
import { CONNECTIONS_MAX, HEADERS_MAX, HEADERS_TIMEOUT, REQUEST_TIMEOUT } from "./limits.ts";
import { createProblem, PROBLEM_TYPE, ProblemError } from "./problem.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, isAdmin: boolean) => void;

/** A server that hands to `route` what may pass the gate, and answers everything else itself. It does not listen yet. */
export function createApiServer(transport: Transport, route: Handler): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADERS_MAX,
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: HEADERS_TIMEOUT / 2,
      // The gate says what is wrong with a request that has none.
      requireHostHeader: false,
    },
    (request, response) => {
      let isAdmin: boolean;
      try {
        isAdmin = checkRequest(request, transport);
      } catch (error) {
        answerProblem(response, error);
        return;
      }
      route(request, response, isAdmin);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on("clientError", answerGarbage);
  return server;
}

/** Answers without any route; what is no `ProblemError` is the host's own business. */
export function answerProblem(response: ServerResponse, error: unknown): void {
  const { problem, headers } =
    error instanceof ProblemError
      ? error
      : {
          problem: createProblem("internal", "The host failed to answer the request"),
          headers: {},
        };
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    ...headers,
    "content-type": PROBLEM_TYPE,
    "content-length": Buffer.byteLength(body),
    // What is left of its body is not waited for.
    connection: "close",
  });
  response.end(body);
}

/** What came was no request, or not in time, or too large: there is no response object to answer with. */
function answerGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = GARBAGE[error.code ?? ""] ?? 400;
  const body = JSON.stringify({
    ...createProblem("invalid-request", "This is no request that the API can read"),
    status,
    title: STATUS_CODES[status],
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const GARBAGE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
