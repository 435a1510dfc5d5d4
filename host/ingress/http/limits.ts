import { hostQuotaLimits } from "../../network/descriptor-limit.ts";
import type { GateLimits } from "./gate.ts";

/** What clients may ask of the ingress. Sizes are bytes, times milliseconds. */
export interface HttpLimits extends GateLimits {
  /** The first line and the header fields of a request together; more is answered with 431. */
  readonly headerSize: number;
  /** Header fields of a request; more are answered with 431. */
  readonly headerCount: number;
  /** Body of a request; more is answered with 413. */
  readonly bodySize: number;
  /**
   * Connections at a time. When there are more, those are closed first that have waited longest without a request;
   * where all have had one, the new one is closed.
   */
  readonly connections: number;
  /** How long the head of a request may take to arrive, and the handshake of TLS; later is answered with 408. */
  readonly headerTimeout: number;
  /** How long a connection is kept between two requests. */
  readonly keepAliveTimeout: number;
  /** How long a whole request may take to arrive; 0 is for ever. */
  readonly requestTimeout: number;
  /** How long a client may let the host wait for more of a body, or leave what it was sent. */
  readonly stallTimeout: number;
  /** Requests on one connection, after which it is closed; 0 is any number. */
  readonly requestsPerConnection: number;
  /** Requests at a time on one connection of HTTP/2. */
  readonly streams: number;
  /** Requests of HTTP/2 that a client may cancel in one go, and in each second from then on (CVE-2023-44487). */
  readonly resets: { readonly burst: number; readonly rate: number };
}

/** What holds where nobody says otherwise. */
export const DEFAULT_LIMITS: HttpLimits = Object.freeze({
  headerSize: 16 * 1024,
  headerCount: 128,
  bodySize: Infinity,
  // Half of the files that the process may open, as for the sockets of workloads.
  connections: hostQuotaLimits().socket ?? 8192,
  headerTimeout: 15_000,
  keepAliveTimeout: 30_000,
  requestTimeout: 0,
  stallTimeout: 30_000,
  requestsPerConnection: 0,
  inFlight: 4096,
  queue: 1024,
  queueTimeout: 10_000,
  streams: 128,
  resets: Object.freeze({ burst: 200, rate: 20 }),
});
