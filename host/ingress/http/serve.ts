import type { AccessRecord } from "./access-log.ts";
import { AccessEntry } from "./access-entry.ts";
import { ClientSignal } from "./client-signal.ts";
import type { HttpLimits } from "./limits.ts";
import { cut, isComplete, type OutgoingMessage } from "./outgoing.ts";
import { type Problem, problemOf, sendProblem } from "./problem.ts";
import {
  bodyOf,
  isContinueExpected,
  type RequestTarget,
  targetOf,
  toRequestHead,
} from "./request.ts";
import type { RequestBody } from "./request-body.ts";
import { refusalOf } from "./request-refusal.ts";
import { sendResponse } from "./response.ts";
import { AnswerError } from "./response-fields.ts";
import type { RoutedTarget } from "./route-group.ts";
import type { RouteTable } from "./route-table.ts";
import type { IncomingRequestMessage, Visitor, Visitors } from "./visitor.ts";

/** What the requests of one listener are served with. */
export interface Serving {
  readonly routes: RouteTable;
  readonly limits: HttpLimits;
  readonly visitors: Visitors;
  /** Told of faults that are the host's own, never of a guest's or a client's. */
  readonly onError: (error: unknown) => void;
  /** Told of each request when it is over. */
  readonly onAccess?: ((record: AccessRecord) => void) | undefined;
}

/** Answers one request; never rejects: a fault of the host costs the request, and not the host. */
export async function serve(
  message: IncomingRequestMessage,
  response: OutgoingMessage,
  serving: Serving,
): Promise<void> {
  try {
    await serveRequest(message, response, serving);
  } catch (error) {
    cut(response);
    serving.onError(error);
  }
}

async function serveRequest(
  message: IncomingRequestMessage,
  response: OutgoingMessage,
  serving: Serving,
): Promise<void> {
  const gone = new ClientSignal();
  const visitor = serving.visitors.of(message);
  countRequest(visitor, response, serving.limits);
  response.once("close", () => {
    visitor.active -= 1;
    if (!isComplete(response)) gone.abort(new Error("The client closed the connection"));
  });
  const entry =
    serving.onAccess && noteAccess(message, response, { visitor, onAccess: serving.onAccess });
  const requestTarget = targetOf(message) ?? NO_TARGET;
  const found = findTarget(message, requestTarget, serving);
  if (found.tag === "problem") {
    sendProblem(response, found.problem);
    return;
  }
  if (entry !== undefined) entry.workload = found.target.workload;
  const { gate } = found;
  // A promise for what is there already would cost each request a turn.
  if (gate.tryEnter() || (await gate.enter(gone))) {
    try {
      await answer(message, response, { requestTarget, found, visitor, gone, entry, serving });
    } finally {
      gate.leave();
    }
  } else if (!gone.aborted) {
    sendProblem(response, busy(found));
  }
}

/** The last request that a connection may have ends it, in order. */
function countRequest(
  visitor: Visitor,
  response: OutgoingMessage,
  { requestsPerConnection }: HttpLimits,
): void {
  visitor.active += 1;
  visitor.requests += 1;
  if (requestsPerConnection === 0 || visitor.requests < requestsPerConnection) return;
  if ("stream" in response) response.stream.session?.close();
  else response.shouldKeepAlive = false;
}

interface AnswerContext {
  readonly requestTarget: RequestTarget;
  readonly found: RoutedTarget;
  readonly visitor: Visitor;
  readonly gone: ClientSignal;
  readonly entry: AccessEntry | undefined;
  readonly serving: Serving;
}

async function answer(
  message: IncomingRequestMessage,
  response: OutgoingMessage,
  { requestTarget, found, visitor, gone, entry, serving }: AnswerContext,
): Promise<void> {
  const head = toRequestHead(message, requestTarget, visitor);
  if (head === undefined) {
    sendProblem(response, TWO_HOSTS);
    return;
  }
  // RFC 9110 §10.1.1: whoever is refused need not send the body at all.
  if (isContinueExpected(message)) response.writeContinue();
  const body = bodyOf(message, serving.limits);
  found.outstanding += 1;
  try {
    const reply = await found.target.handle({ head, body }, gone);
    if (body?.refusal !== undefined) throw new Error("The request was refused");
    await sendResponse(response, reply, gone, entry);
  } catch (error) {
    if (!gone.aborted) sendFailure(response, error, body, { found, serving });
  } finally {
    found.outstanding -= 1;
    // What the guest left of it would block the connection.
    body?.cancel();
  }
}

function sendFailure(
  response: OutgoingMessage,
  error: unknown,
  body: RequestBody | undefined,
  { found, serving }: Pick<AnswerContext, "found" | "serving">,
): void {
  if (response.headersSent) {
    cut(response);
    return;
  }
  if (body?.refusal !== undefined) {
    const detail = body.failure?.message ?? "The request was refused";
    sendProblem(response, { status: body.refusal, detail, close: true });
    return;
  }
  if (error instanceof AnswerError) {
    const { workload } = found.target;
    sendProblem(response, { status: 502, detail: error.message, workload });
    return;
  }
  const problem = problemOf(error);
  if (problem.status === 500) serving.onError(error);
  sendProblem(response, problem);
}

/** Finds who answers, or why nobody does. */
function findTarget(
  message: IncomingRequestMessage,
  target: RequestTarget,
  { routes, limits }: Serving,
): RoutedTarget | { readonly tag: "problem"; readonly problem: Problem } {
  const problem = refusalOf(message, limits);
  if (problem !== undefined) return { tag: "problem", problem };
  if (target === NO_TARGET) {
    const detail = `Cannot route the target "${message.url}"`;
    return { tag: "problem", problem: { status: 400, detail } };
  }
  const route = routes.resolve(target.authority, target.pathWithQuery);
  switch (route.tag) {
    case "target":
      return route;
    case "invalid":
      return { tag: "problem", problem: BAD_HOST };
    case "unknown": {
      const [path] = target.pathWithQuery.split("?", 1);
      const what = route.isHostKnown ? `${route.host}${path}` : route.host;
      return {
        tag: "problem",
        problem: { status: 404, detail: `No workload answers for "${what}"` },
      };
    }
  }
}

const NO_TARGET: RequestTarget = { authority: undefined, pathWithQuery: "" };
const BAD_HOST: Problem = { status: 400, detail: "The request names no valid host" };
const TWO_HOSTS: Problem = {
  status: 400,
  detail: "The request names more than one host",
  close: true,
};

function busy({ target: { workload } }: RoutedTarget): Problem {
  const detail = "More requests wait for the workload than it admits";
  return { status: 503, detail, workload, retryAfter: 1 };
}

function noteAccess(
  message: IncomingRequestMessage,
  response: OutgoingMessage,
  { visitor, onAccess }: { readonly visitor: Visitor; readonly onAccess: Serving["onAccess"] },
): AccessEntry {
  const entry = new AccessEntry(message, visitor);
  response.once("close", () => {
    const status = response.headersSent ? response.statusCode : undefined;
    onAccess?.(entry.toRecord(status, isComplete(response)));
  });
  return entry;
}
