import type { IncomingMessage } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { AccessEntry } from "./access-entry.ts";
import { ClientSignal } from "./client-signal.ts";
import { requestUpgrade, type UpgradeAnswer } from "./upgrade-request.ts";
import { type Problem, problemOf, sendProblem, toRawProblem } from "./problem.ts";
import { hasBody, targetOf, toRequestHead } from "./request.ts";
import { refusalOf } from "./request-refusal.ts";
import type { RoutedTarget } from "./route-group.ts";
import type { Serving } from "./serve.ts";
import type { UpgradeTest } from "./server.ts";
import { splice } from "./splice.ts";

/**
 * Whether a request that asks for another protocol (RFC 9110 §7.8) is to have it: where a server of its own is behind
 * the route, and where the upgrade is all that is asked.
 * `h2c` is not passed on: HTTP/2 behind the ingress' back would go past its routes and limits.
 */
export function mayUpgrade({ routes, limits }: Serving): UpgradeTest {
  return (message) => {
    // As a request without an upgrade it is told why.
    if (refusalOf(message, limits) !== undefined) return false;
    const target = targetOf(message);
    if (target === undefined || hasBody(message) || message.httpVersionMinor === 0) return false;
    const protocols = (message.headers.upgrade ?? "").toLowerCase().split(",");
    if (protocols.some((protocol) => ["", "h2c"].includes(protocol.trim()))) return false;
    const route = routes.resolve(target.authority, target.pathWithQuery);
    return route.tag === "target" && route.target.connect !== undefined;
  };
}

/** RFC 9110 §9.3.6: the ingress is no tunnel for whoever asks. HTTP/2 gives a response instead of the connection. */
export function refuseConnect(_message: object, client: Duplex | Http2ServerResponse): void {
  const problem: Problem = { status: 400, detail: "The ingress opens no tunnels (CONNECT)" };
  if ("stream" in client) sendProblem(client, { ...problem, close: true });
  else refuse(client, problem);
}

export interface UpgradeContext {
  /** Bytes that came behind the request. */
  readonly head: Buffer;
  readonly serving: Serving;
}

/** Asks the server behind the route for the upgrade, and joins both connections when it agrees; never rejects. */
export async function serveUpgrade(
  message: IncomingMessage,
  socket: Duplex,
  { head, serving }: UpgradeContext,
): Promise<void> {
  const gone = new ClientSignal();
  // Node's buffer is used again once this function waits.
  const bytes = Buffer.from(head);
  const onClose = (): void => gone.abort(new Error("The client closed the connection"));
  socket.on("error", onClose).once("close", onClose);
  // From now on nobody but the two ends says how long silence may last.
  message.socket.setTimeout(0);
  const { routes, visitors, onAccess } = serving;
  const entry = new AccessEntry(message, visitors.of(message));
  const note = (status: number | undefined, complete: boolean): void =>
    onAccess?.(entry.toRecord(status, complete));
  const target = targetOf(message);
  const route = routes.resolve(target?.authority, target?.pathWithQuery);
  const request = target && toRequestHead(message, target, visitors.of(message));
  if (route.tag !== "target" || request === undefined) {
    note(refuse(socket, { status: 400, detail: "The request cannot be upgraded" }), true);
    return;
  }
  entry.workload = route.target.workload;
  if (!route.gate.tryEnter() && !(await route.gate.enter(gone))) {
    note(refuse(socket, { status: 503, detail: "The workload is busy", retryAfter: 1 }), true);
    return;
  }
  using _place = enter(route);
  try {
    const answer = await requestUpgrade(route.target, request, gone);
    note(...(await join(socket, bytes, { answer, entry })));
  } catch (error) {
    if (gone.aborted) note(undefined, false);
    else note(refuse(socket, toProblem(error, serving)), true);
  }
}

function toProblem(error: unknown, { onError }: Serving): Problem {
  const problem = problemOf(error);
  if (problem.status === 500) onError(error);
  return problem;
}

/** Counts the connection while it is open; the place in the gate was taken before. */
function enter(route: RoutedTarget): Disposable {
  route.outstanding += 1;
  return {
    [Symbol.dispose]: () => {
      route.outstanding -= 1;
      route.gate.leave();
    },
  };
}

/** Passes the answer on, and then all that follows; resolves when the connection is over. */
async function join(
  socket: Duplex,
  head: Buffer,
  { answer, entry }: { readonly answer: UpgradeAnswer; readonly entry: AccessEntry },
): Promise<[status: number, complete: boolean]> {
  const { status, text } = answer;
  const onBytes = (count: number): void => void (entry.bytesSent += count);
  socket.write(text, "latin1");
  // What the client sent behind its request is for the other protocol, if that was agreed to, and for nobody else.
  if (answer.tag === "refused") {
    return [status, await splice({ from: answer.stream, to: socket, onBytes })];
  }
  if (answer.rest.length > 0) socket.write(answer.rest);
  const over = splice({ from: answer.stream, to: socket, duplex: true, onBytes });
  // The service may answer before this comes back.
  if (head.length > 0) answer.stream.write(head);
  return [status, await over];
}

function refuse(socket: Duplex, problem: Problem): number {
  socket.on("error", () => undefined);
  socket.end(toRawProblem(problem), "latin1", () => socket.destroy());
  return problem.status;
}
