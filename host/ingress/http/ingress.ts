import type { AddressInfo, Socket } from "node:net";
import type { ListenAddress } from "../listen-address.ts";
import { listen } from "../listen.ts";
import type { AccessRecord } from "./access-log.ts";
import { type CertificateStore, openCertificateStore } from "./certificate-store.ts";
import { ConnectionGuard } from "./connection-guard.ts";
import { DEFAULT_LIMITS, type HttpLimits } from "./limits.ts";
import type { RouteTable } from "./route-table.ts";
import { serve, type Serving } from "./serve.ts";
import {
  createPlainServer,
  createTlsServer,
  type HttpServer,
  type ServerContext,
} from "./server.ts";
import type { TlsOptions } from "./tls-options.ts";
import { TrustedProxies } from "./trusted-proxies.ts";
import { mayUpgrade, refuseConnect, serveUpgrade } from "./upgrade.ts";
import { Visitors } from "./visitor.ts";

export interface HttpIngressOptions {
  readonly address: ListenAddress;
  readonly routes: RouteTable;
  /** Told of faults that are the host's own, never of a guest's or a client's. */
  readonly onError: (error: unknown) => void;
  /** Told what whoever runs the host should know: changed certificates, too many connections. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** Told of each request when it is over. */
  readonly onAccess?: ((record: AccessRecord) => void) | undefined;
  /** Those that are not given are as in `DEFAULT_LIMITS`. */
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-*` and `Forwarded` are taken; none by default. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Makes it speak TLS, with HTTP/2 beside HTTP/1.1, and nothing else. */
  readonly tls?: TlsOptions | undefined;
}

/** The HTTP server that leads requests to workloads by their host name and path. */
export interface HttpIngress extends AsyncDisposable {
  /** Where it listens, with the real port where 0 was asked for. */
  readonly address: AddressInfo;
}

/**
 * Opens the ingress: HTTP/1.1 with keep-alive and upgrades, or the same and HTTP/2 over TLS; bodies streamed both ways.
 * A client that goes away aborts the call of the guest.
 * Disposing it stops accepting, gives open requests `DRAIN` to finish, then cuts them.
 * Rejects with a `ListenError` where the address cannot be had, and with a `CertificateError`.
 */
export async function startHttpIngress(options: HttpIngressOptions): Promise<HttpIngress> {
  const { onError, onAccess, onNotice = () => undefined, tls } = options;
  const limits: HttpLimits = { ...DEFAULT_LIMITS, ...options.limits };
  await using stack = new AsyncDisposableStack();
  const guard = stack.use(new ConnectionGuard(limits.connections, rarely(onNotice, TOO_MANY)));
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const visitors = new Visitors(proxies, (key) => guard.noteRequest(key));
  const serving: Serving = { routes: options.routes, limits, visitors, onError, onAccess };
  const server = await createHttpServer(serving, tls, { stack, onNotice });
  server.on("connection", (socket: Socket) => guard.add(socket));
  const address = await listen(server, options.address);
  server.on("error", (error) => onNotice(`Cannot accept connections: ${error.message}`));
  const owned = stack.move();
  return {
    address,
    async [Symbol.asyncDispose]() {
      await close(server, guard);
      await owned.disposeAsync();
    },
  };
}

/** How long open requests may take to finish when the ingress closes, in milliseconds. */
const DRAIN = 500;

const TOO_MANY = "There are too many connections: those without a request are closed";

interface Parts {
  readonly stack: AsyncDisposableStack;
  readonly onNotice: (message: string) => void;
}

async function createHttpServer(
  serving: Serving,
  tls: TlsOptions | undefined,
  { stack, onNotice }: Parts,
): Promise<HttpServer> {
  const context: ServerContext = {
    limits: serving.limits,
    mayUpgrade: mayUpgrade(serving),
    isIdle: (connection) => serving.visitors.isIdle(connection),
  };
  if (tls === undefined) {
    const server = createPlainServer(context);
    server.on("request", (message, response) => void serve(message, response, serving));
    server.on("checkContinue", (message, response) => void serve(message, response, serving));
    acceptUpgrades(server, serving);
    return server;
  }
  let store: CertificateStore | undefined;
  const server = createTlsServer(context, {
    contextFor: (host) => {
      if (store === undefined) throw new RangeError("There are no certificates");
      return store.contextFor(host);
    },
    requestCertificate: tls.clientCaFile !== undefined,
  });
  const onDefault = (context: Parameters<typeof server.setSecureContext>[0]): void =>
    server.setSecureContext(context);
  store = stack.use(await openCertificateStore({ tls, onNotice, onDefault }));
  server.on("request", (message, response) => void serve(message, response, serving));
  server.on("checkContinue", (message, response) => void serve(message, response, serving));
  acceptUpgrades(server, serving);
  return server;
}

function acceptUpgrades(server: HttpServer, serving: Serving): void {
  server.on("upgrade", (message, socket, head) => {
    void serveUpgrade(message, socket, { head, serving });
  });
  server.on("connect", refuseConnect);
}

async function close(server: HttpServer, guard: ConnectionGuard): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const cut = setTimeout(() => guard[Symbol.dispose](), DRAIN);
  await closed;
  clearTimeout(cut);
}

/** Says `message` when something happens, and then not again for a minute. */
function rarely(say: (message: string) => void, message: string): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < 60_000) return;
    last = now;
    say(message);
  };
}
