import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { HttpLimits } from "./limits.ts";

/** Whichever server listens: HTTP/1.1 in the clear, or both versions over TLS. */
export type HttpServer = Server | Http2SecureServer;

/** Whether a request that asks for an upgrade gets it; otherwise it is answered as if it had not asked. */
export type UpgradeTest = (message: IncomingMessage) => boolean;

export interface ServerContext {
  readonly limits: HttpLimits;
  readonly mayUpgrade: UpgradeTest;
  /** Whether a connection has no request to be answered. */
  readonly isIdle: (connection: object) => boolean;
}

export function createPlainServer(context: ServerContext): Server {
  const options = toOptions(context.limits);
  const server = createServer({ ...options, shouldUpgradeCallback: context.mayUpgrade });
  configure(server, context);
  return server;
}

export interface SecureOptions {
  /** Certificate for a host that a client names. */
  readonly contextFor: (host: string) => SecureContext;
  /** Whether clients must show a certificate. */
  readonly requestCertificate: boolean;
}

export function createTlsServer(
  context: ServerContext,
  { contextFor, requestCertificate }: SecureOptions,
): Http2SecureServer {
  const { limits } = context;
  const options: SecureServerOptions = {
    allowHTTP1: true,
    ...toOptions(limits),
    handshakeTimeout: limits.headerTimeout,
    SNICallback: (host, callback) => callback(null, contextFor(host)),
    requestCert: requestCertificate,
    rejectUnauthorized: requestCertificate,
    maxHeaderListPairs: limits.headerCount + PSEUDO_HEADERS,
    streamResetBurst: limits.resets.burst,
    streamResetRate: limits.resets.rate,
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerSize,
      enablePush: false,
    },
  };
  const server = createSecureServer(options);
  // The constructor sets its own, whatever the options say.
  Object.assign(server, { shouldUpgradeCallback: context.mayUpgrade });
  configure(server, context);
  server.on("session", (session: ServerHttp2Session) => watchSession(session, limits));
  return server;
}

/** `:method`, `:scheme`, `:authority` and `:path`. */
const PSEUDO_HEADERS = 4;

function toOptions(limits: HttpLimits): ServerOptions {
  return {
    // Host is checked by the ingress itself: Node would answer without saying why.
    requireHostHeader: false,
    noDelay: true,
    maxHeaderSize: limits.headerSize,
    headersTimeout: limits.headerTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.max(Math.ceil(limits.headerTimeout / 4), 1),
  };
}

function configure(server: HttpServer, { limits, isIdle }: ServerContext): void {
  // Node would drop what is beyond its maximum without a word; the ingress counts, and the size is bounded.
  Object.assign(server, {
    maxHeadersCount: 0,
    timeout: limits.stallTimeout,
  });
  server.on("timeout", (connection: Socket | ServerHttp2Session) => {
    // An answer may be silent for as long as it likes; what a client does not take is another matter.
    if (!(connection instanceof Socket)) return;
    if (isIdle(connection) || connection.writableLength > 0) connection.destroy();
  });
}

/** Closes sessions that do nothing, or that do not take what they are sent. */
function watchSession(session: ServerHttp2Session, limits: HttpLimits): void {
  const streams = new Set<ServerHttp2Stream>();
  session.on("stream", (stream: ServerHttp2Stream) => {
    streams.add(stream);
    stream.once("close", () => streams.delete(stream));
  });
  session.setTimeout(limits.stallTimeout, () => {
    const isStalled = [...streams].some((stream) => stream.writableLength > 0);
    if (streams.size === 0 || isStalled) session.destroy();
  });
}
