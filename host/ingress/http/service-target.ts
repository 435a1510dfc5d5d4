import { SocketAddress } from "node:net";
import type { CancelSignal } from "../../network/cancel-signal.ts";
import { SocketError } from "../../network/error.ts";
import type { Connection, TcpNetwork } from "../../network/network.ts";
import { NO_QUOTA } from "../../network/quota.ts";
import type { WayIn } from "../../network/way-in.ts";
import { HttpClient } from "../../wasi/http/client/http-client.ts";
import type { Target } from "../../wasi/http/client/target.ts";
import { HttpError } from "../../wasi/http/error-code.ts";
import type { FieldList, HttpRequest, HttpResponse } from "../../wasi/http/message.ts";
import { endToEnd } from "./hop-by-hop.ts";
import { type HttpTarget, TargetError, type TargetErrorCode } from "./target.ts";

export interface ServiceTargetOptions {
  /** `namespace/name`. */
  readonly workload: string;
  /** Where the service can be reached, and on which of its ports it speaks HTTP/1.1. */
  readonly wayIn: WayIn;
  readonly port: number;
  /** How long the service may take to begin its answer, in milliseconds. */
  readonly timeout?: number | undefined;
  /** How long a request waits while the service does not listen, as it starts or is replaced; in milliseconds. */
  readonly patience?: number | undefined;
  /** Connections to the service at a time, those that wait for the next request included. */
  readonly connections?: number | undefined;
}

/** The HTTP server of a service, as a target. Disposing it lets what is under way come to its end. */
export interface ServiceTarget extends HttpTarget, Disposable {}

/**
 * Leads requests to a port of a workload's own network, over connections that are kept for the next request.
 * The service sees a connection from loopback; who asked is in `X-Forwarded-For`.
 */
export function createServiceTarget(options: ServiceTargetOptions): ServiceTarget {
  return new Service(options);
}

const TIMEOUT = 60_000;
const PATIENCE = 5_000;
/** Requests that may wait for the service to listen. */
const WAITING_MAX = 256;
const CONNECT_TIMEOUT = 10_000;
const CONNECTIONS = 128;
/** The longest that a timer of Node runs, in milliseconds: as good as for ever. */
const FOREVER = 2 ** 31 - 1;

/** Whom the service sees: the ingress speaks for many visitors over one connection. */
const INGRESS = new SocketAddress({ address: "127.0.0.1", family: "ipv4" });

class Service implements ServiceTarget {
  readonly workload: string;
  readonly #wayIn: WayIn;
  readonly #port: number;
  readonly #timeout: number;
  readonly #patience: number;
  #waiting = 0;
  readonly #client: HttpClient;
  readonly #target: Target;

  constructor(options: ServiceTargetOptions) {
    const { workload, wayIn, port, timeout, patience, connections } = options;
    this.workload = workload;
    this.#wayIn = wayIn;
    this.#port = port;
    this.#timeout = timeout ?? TIMEOUT;
    this.#patience = patience ?? PATIENCE;
    this.#client = new HttpClient({
      virtual: toNetwork(wayIn, port),
      quota: NO_QUOTA,
      connections: connections ?? CONNECTIONS,
    });
    wayIn.whenChanged.add(this.#onChange);
    const addresses: [string] = ["127.0.0.1"];
    this.#target = { scheme: "http", host: "127.0.0.1", port, plane: "virtual", addresses };
  }

  get isReady(): boolean {
    return !this.#wayIn.closed && this.#wayIn.isListening("tcp", this.#port);
  }

  async handle(request: HttpRequest, signal: CancelSignal): Promise<HttpResponse> {
    if (!this.isReady) await this.#untilListening(signal);
    // RFC 9110 §9.3.7: it is "only useful as a 'ping' or 'no-op' type of method", and the client cannot send it.
    if (request.head.pathWithQuery === "*") return NO_CONTENT;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const answer = await this.#send(request, abort.signal);
      return {
        head: { ...answer.head, headers: endToEnd(answer.head.headers) },
        body: answer.body,
      };
    } catch (error) {
      throw this.#toTargetError(error);
    }
  }

  async connect(signal: CancelSignal): Promise<Connection> {
    if (!this.isReady) await this.#untilListening(signal);
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(() => abort.abort(timedOut()), CONNECT_TIMEOUT);
    try {
      return await this.#wayIn.connect(this.#port, { remote: INGRESS, signal: abort.signal });
    } catch (error) {
      throw this.#toTargetError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  [Symbol.dispose](): void {
    this.#wayIn.whenChanged.delete(this.#onChange);
    this.#client.closeConnections();
  }

  /** Rejects with `TargetError` where that takes too long, nothing is going to, or too many wait, or with the signal's reason. */
  async #untilListening(signal: CancelSignal): Promise<void> {
    const { whenChanged } = this.#wayIn;
    if (this.#waiting >= WAITING_MAX) throw this.#notListening();
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.isReady) resolve();
      else if (this.#wayIn.closed || this.#wayIn.atRest !== undefined) reject(this.#notListening());
      else whenChanged.add(look);
    };
    const onAbort = (): void => reject(signal.reason);
    const timer = setTimeout(() => reject(this.#notListening()), this.#patience);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting += 1;
    look();
    try {
      await promise;
    } finally {
      this.#waiting -= 1;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      whenChanged.delete(look);
    }
  }

  /** Another copy of the workload may serve from now on: kept connections would hold on to the former one. */
  readonly #onChange = (): void => {
    this.#client.closeConnections();
    if (!this.#wayIn.closed) this.#wayIn.whenChanged.add(this.#onChange);
  };

  /**
   * A kept connection may end at the moment in which the request is written to it. RFC 9110 §9.2.2: what may be done
   * twice is sent once more then, if nothing of the answer was seen.
   */
  async #send({ head, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const request = {
      method: head.method,
      path: head.pathWithQuery,
      headers: toUpstream(head.headers, head.authority),
      body,
      timeouts: { connect: CONNECT_TIMEOUT, firstByte: this.#timeout, betweenBytes: FOREVER },
    };
    try {
      return await this.#client.send(this.#target, request, signal);
    } catch (error) {
      if (signal.aborted || body !== undefined || !REPEATABLE.has(head.method)) throw error;
      if (!(error instanceof HttpError) || error.code.tag !== "connection-terminated") throw error;
      return await this.#client.send(this.#target, request, signal);
    }
  }

  #notListening(): TargetError {
    const { atRest } = this.#wayIn;
    const place = `Nothing listens on port ${this.#port} of the workload`;
    const reason = atRest === undefined ? place : `${place}: ${atRest}`;
    return new TargetError("not-running", reason, { workload: this.workload, guest: "service" });
  }

  #toTargetError(error: unknown): unknown {
    const origin = { workload: this.workload, guest: "service" };
    if (error instanceof HttpError) {
      const code = HTTP_CODE[error.code.tag] ?? "guest-failed";
      return new TargetError(code, `The service gave no answer: ${error.message}`, origin, {
        cause: error,
      });
    }
    if (!(error instanceof SocketError)) return error;
    const code = error.code === "timeout" ? "timeout" : "not-running";
    return new TargetError(code, error.message, origin, { cause: error });
  }
}

/** To `OPTIONS *`. */
const NO_CONTENT: HttpResponse = { head: { status: 204, headers: [] }, body: undefined };

const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

const HTTP_CODE: Readonly<Partial<Record<string, TargetErrorCode>>> = {
  "connection-refused": "not-running",
  "connection-timeout": "timeout",
  "connection-read-timeout": "timeout",
  "connection-limit-reached": "overloaded",
};

/** What the service gets: `Host` as it was asked for, and nothing of the connection to the client. */
function toUpstream(fields: FieldList, authority: string | undefined): FieldList {
  const rest = endToEnd(fields).filter(([name]) => name !== "host" && name !== "expect");
  return [["host", authority ?? "localhost"], ...rest];
}

function timedOut(): SocketError {
  return new SocketError("timeout", `No connection to the service in ${CONNECT_TIMEOUT} ms`);
}

function refuse(): never {
  throw new SocketError("not-supported", "The ingress does not listen inside of a workload");
}

/** The way in as the network that the client dials on; it only ever dials this port. */
function toNetwork(wayIn: WayIn, port: number): TcpNetwork {
  return {
    bind: refuse,
    listen: refuse,
    connect: (_remote, { signal }) =>
      wayIn.connect(port, { remote: INGRESS, signal: signal ?? new AbortController().signal }),
  };
}
