import { cutText } from "../../../policy/cut-text.ts";
import { decideRequest, type RequestTarget } from "../../../policy/decide-request.ts";
import type { ResolvableName } from "../../../policy/decide-resolved.ts";
import { type Decision, outcomeOf, type Permission } from "../../../policy/decision.ts";
import { withoutBrackets } from "../../../policy/ip.ts";
import { SocketError } from "../../network/error.ts";
import { toText } from "../../network/socket-address.ts";
import type { GuestEgress } from "../egress/guest-egress.ts";
import { resolvePermitted } from "../egress/resolve-permitted.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import type { ClientRequest } from "./client/client-exchange.ts";
import { toClientError } from "./client/failure.ts";
import type { Target } from "./client/target.ts";
import { HttpError, type HttpErrorCode } from "./error-code.ts";
import { FutureIncomingResponse } from "./future-incoming-response.ts";
import type { HttpResponse } from "./message.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { type RequestOptions, timeoutsOf } from "./request-options.ts";
import { methodOf, pathOf, targetOf } from "./request-target.ts";

/**
 * `wasi:http/outgoing-handler.handle` for one guest. Throws a `GuestError<HttpErrorCode>` for what is refused at once:
 * WIT: "This function may return an error if the `outgoing-request` is invalid or not allowed to be made."
 */
export function createOutgoingHandler(
  guest: Guest,
): (request: OutgoingRequest, options: RequestOptions | undefined) => FutureIncomingResponse {
  return (outgoing, options) => {
    const timeouts = timeoutsOf(options);
    options?.[Symbol.dispose]();
    const sent = outgoing.send();
    try {
      const wanted = targetOf(sent);
      const request: ClientRequest = {
        method: methodOf(sent),
        path: pathOf(sent),
        headers: sent.headers,
        body: sent.body,
        timeouts,
      };
      return begin(guest, wanted, request);
    } catch (error) {
      sent.body?.cancel();
      if (error instanceof HttpError)
        throw new GuestError<HttpErrorCode>(error.code, { cause: error });
      throw error;
    }
  };
}

function begin(
  guest: Guest,
  wanted: RequestTarget,
  request: ClientRequest,
): FutureIncomingResponse {
  const { egress } = guest;
  const permitted = permitRequest(guest, wanted);
  if (egress === undefined) throw denied("no network outside the workload is attached");
  const abort = new AbortController();
  const { signal } = abort;
  const response =
    "tag" in permitted
      ? sendNamed({ guest, egress, wanted, name: permitted }, request, signal)
      : egress.http.send(toTarget(wanted, permitted), request, signal);
  // What fails is told by the future; a body that nobody sends is not written on for nothing.
  response.catch(() => request.body?.cancel());
  return new FutureIncomingResponse(guest, response, () => abort.abort());
}

type Permissions = readonly [Permission, ...Permission[]];

/** What policy says before anything is resolved. Throws an `HttpError` where it denies. */
function permitRequest(guest: Guest, wanted: RequestTarget): Permissions | ResolvableName {
  const decision = decideRequest(guest.policy, wanted, guest.facts);
  switch (decision.tag) {
    case "resolve":
      return decision;
    case "deny":
      report(guest, wanted, decision);
      // WIT has codes of its own for names that are none and for those that nobody has.
      if (decision.rule === "invalid-name") {
        throw new HttpError({ tag: "HTTP-request-URI-invalid" }, decision.reason);
      }
      if (decision.rule === "unknown-internal-name") {
        throw new HttpError({ tag: "DNS-error", val: { rcode: "NXDOMAIN" } }, decision.reason);
      }
      throw denied(decision.reason);
    case "known": {
      for (const one of decision.decisions) {
        if (one.tag === "deny" || one.plane === "real") report(guest, wanted, one);
      }
      const [first, ...rest] = decision.decisions.filter((one) => one.tag === "allow");
      if (first !== undefined) return [first, ...rest];
      const [reason] = decision.decisions.flatMap((one) =>
        one.tag === "deny" ? [one.reason] : [],
      );
      throw denied(reason ?? "policy denies it");
    }
  }
}

function toTarget({ scheme, host, port }: RequestTarget, permissions: Permissions): Target {
  const [first, ...rest] = permissions;
  const { plane, address } = first;
  // Addresses of one name lie on one plane; were there others, they would not be tried.
  const others = rest.filter((one) => one.plane === plane).map((one) => one.address.address);
  return {
    scheme,
    host: withoutBrackets(host),
    port,
    plane,
    addresses: [address.address, ...others],
  };
}

interface NamedRequest {
  readonly guest: Guest;
  readonly egress: GuestEgress;
  readonly wanted: RequestTarget;
  readonly name: ResolvableName;
}

async function sendNamed(
  { guest, egress, wanted, name }: NamedRequest,
  request: ClientRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const addresses = await resolve(guest, wanted, name, signal);
  const { scheme, port } = wanted;
  const target: Target = { scheme, host: name.name, port, plane: "real", addresses };
  return await egress.http.send(target, request, signal);
}

async function resolve(
  guest: Guest,
  wanted: RequestTarget,
  name: ResolvableName,
  signal: AbortSignal,
): Promise<Target["addresses"]> {
  try {
    const [first, ...rest] = await resolvePermitted(
      guest,
      { use: "http", text: urlOf(wanted) },
      name,
      signal,
    );
    if (first !== undefined) return [first, ...rest];
    throw new SocketError("name-unresolvable", `Cannot resolve ${name.name}: it has no addresses`);
  } catch (error) {
    throw toClientError(error, false);
  }
}

function report(guest: Guest, wanted: RequestTarget, decision: Decision): void {
  const isAllowed = decision.tag === "allow";
  guest.options.onDecision?.({
    use: "http",
    address: isAllowed ? toText(decision.address) : undefined,
    name: urlOf(wanted),
    rule: decision.rule,
    outcome: outcomeOf(decision),
    reason: isAllowed ? decision.counted?.reason : decision.reason,
  });
}

/** A request in records: `http://shop.example:80`. */
function urlOf({ scheme, host, port }: RequestTarget): string {
  return `${scheme}://${cutText(host, HOST_MAX)}:${port}`;
}

/** RFC 1035 §2.3.4: no name is longer, and records are told no more of a guest's text. */
const HOST_MAX = 255;

function denied(reason: string): HttpError {
  return new HttpError({ tag: "HTTP-request-denied" }, `Cannot send a request: ${reason}`);
}
