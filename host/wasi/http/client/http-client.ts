import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { buildConnector } from "undici";
import Pool from "undici/lib/dispatcher/pool.js";
import type { NetworkQuota } from "../../../network/quota.ts";
import { HttpError } from "../error-code.ts";
import type { HttpResponse } from "../message.ts";
import { ClientExchange, type ClientRequest } from "./client-exchange.ts";
import { ConnectionSlots } from "./connection-slots.ts";
import { Connector, type ConnectorOptions, type HttpSocket } from "./connector.ts";
import { toClientError } from "./failure.ts";
import { LastChunk } from "./last-chunk.ts";
import { chunksOf } from "./request-chunks.ts";
import { keyOf, originOf, type Target } from "./target.ts";

/** Connections that one workload has open at a time. */
const CONNECTIONS_MAX = 128;

/** Requests that one workload has under way at a time, those included that wait for a connection. */
const REQUESTS_MAX = 4096;

/** Milliseconds for which a request waits for one of them to be closed. */
const SLOT_TIMEOUT = 5_000;

/** Targets whose pools are kept although nothing uses them. */
const POOLS_MAX = 64;

/** Milliseconds for which an idle connection is kept, unless the server says otherwise. */
const KEEP_ALIVE = 4_000;

export interface HttpClientOptions extends Omit<ConnectorOptions, "secureContext"> {
  /** Certificate authorities beside Node's own, in PEM. */
  readonly ca?: readonly string[] | undefined;
  readonly quota: NetworkQuota;
  readonly connections?: number | undefined;
  readonly slotTimeout?: number | undefined;
}

/**
 * Sends the requests of one workload. It connects to the addresses of its targets and to nothing else:
 * names are resolved and checked before, redirects are the guests' business.
 * Disposing it breaks all that is under way.
 */
export class HttpClient implements Disposable {
  readonly #options: ConnectorOptions;
  readonly #slots: ConnectionSlots;
  readonly #lastChunk = new LastChunk();
  readonly #controller = new AbortController();
  readonly #exchanges = new Set<ClientExchange>();
  /** By key, in the order in which they were last used. */
  readonly #pools = new Map<string, Pool>();

  constructor(options: HttpClientOptions) {
    this.#options = { ...options, secureContext: trust(options.ca) };
    this.#slots = new ConnectionSlots(
      {
        max: options.connections ?? CONNECTIONS_MAX,
        timeout: options.slotTimeout ?? SLOT_TIMEOUT,
        quota: options.quota,
      },
      () => this.#closeIdle(),
    );
  }

  /** Connections that are open or being opened. */
  get connections(): number {
    return this.#slots.used;
  }

  /** Rejects with `HttpError`; aborting `signal` also breaks a body that is still on its way. */
  async send(target: Target, request: ClientRequest, signal: AbortSignal): Promise<HttpResponse> {
    if (signal.aborted || this.#controller.signal.aborted) throw gone();
    if (this.#exchanges.size >= REQUESTS_MAX) {
      const message = `Cannot send a request: ${REQUESTS_MAX} are under way`;
      throw new HttpError({ tag: "connection-limit-reached" }, message);
    }
    const onAbort = (): void => exchange.fail(gone());
    const exchange = new ClientExchange(request, this.#lastChunk, () => {
      signal.removeEventListener("abort", onAbort);
      this.#exchanges.delete(exchange);
      // Its connection is idle in a moment, and somebody else may be waiting for the place that it takes.
      if (this.#slots.isAwaited) setImmediate(() => this.#closeIdle());
      // The server may answer before it has read all; whoever writes then is to hear that nobody reads.
      if (request.body?.ended === false) request.body.cancel();
    });
    signal.addEventListener("abort", onAbort);
    this.#exchanges.add(exchange);
    try {
      this.#poolOf(target).dispatch(
        {
          path: request.path,
          method: request.method,
          headers: request.headers.flatMap(([name, value]) => [name, toText(value)]),
          body: toUndiciBody(request.body),
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        exchange,
      );
    } catch (error) {
      exchange.fail(toClientError(error, false));
    }
    return await exchange.response;
  }

  /** Closes idle connections now and the others when their requests are over; the next request opens new ones. */
  closeConnections(): void {
    for (const pool of this.#pools.values()) pool.close().catch(() => undefined);
    this.#pools.clear();
  }

  [Symbol.dispose](): void {
    this.#controller.abort(gone());
    for (const exchange of this.#exchanges) exchange.fail(gone());
    for (const pool of this.#pools.values()) pool.destroy().catch(() => undefined);
    this.#pools.clear();
  }

  #poolOf(target: Target): Pool {
    const key = keyOf(target);
    const known = this.#pools.get(key);
    if (known !== undefined) {
      this.#pools.delete(key);
      this.#pools.set(key, known);
      return known;
    }
    if (this.#pools.size >= POOLS_MAX) this.#closeIdle();
    const connector = new Connector(target, this.#options);
    const pool = new Pool(originOf(target), {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: true,
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        void this.#connect(connector, callback);
      },
    });
    this.#pools.set(key, pool);
    return pool;
  }

  /** Never rejects: the callback is told of everything. */
  async #connect(connector: Connector, callback: buildConnector.Callback): Promise<void> {
    let socket: Socket;
    try {
      socket = asSocket(await this.#open(connector));
    } catch (error) {
      callback(toClientError(error, false), null);
      return;
    }
    callback(null, socket);
  }

  async #open(connector: Connector): Promise<HttpSocket> {
    const slot = await this.#slots.acquire(connector.plane === "real" ? 1 : 0);
    try {
      const socket = await connector.connect(this.#controller.signal);
      socket.once("close", () => slot[Symbol.dispose]());
      if (socket.alpnProtocol !== "h2") this.#lastChunk.attach(socket);
      return socket;
    } catch (error) {
      slot[Symbol.dispose]();
      throw error;
    }
  }

  /** Closes the pool that was used longest ago of those that have nothing to do. */
  #closeIdle(): void {
    for (const [key, pool] of this.#pools) {
      if (pool.stats.size > 0) continue;
      this.#pools.delete(key);
      pool.close().catch(() => undefined);
      return;
    }
  }
}

function trust(ca: HttpClientOptions["ca"]): SecureContext | undefined {
  if (ca === undefined || ca.length === 0) return undefined;
  return createSecureContext({ ca: [...getCACertificates("default"), ...ca] });
}

/** undici takes async iterables, too, as its documentation says and its types do not. */
function toUndiciBody(body: ClientRequest["body"]): Readable | null {
  if (body === undefined) return null;
  const chunks: unknown = chunksOf(body);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- See above.
  return chunks as Readable;
}

/** undici uses a socket as a stream, and what else it calls `ConnectionSocket` has. */
function asSocket(socket: HttpSocket): Socket {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- See above.
  return socket as Socket;
}

function toText(value: string | Uint8Array): string {
  return typeof value === "string" ? value : Buffer.from(value).toString("latin1");
}

function gone(): HttpError {
  return new HttpError({ tag: "connection-terminated" }, "Nobody waits for the response any more");
}
