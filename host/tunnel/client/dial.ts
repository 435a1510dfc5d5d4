import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { toSocketError } from "../../network/real/errno.ts";
import { resetSocket } from "../../network/splice/socket-end.ts";
import { TunnelError } from "../error.ts";
import { ProtocolError } from "../protocol/error.ts";
import { FrameSocket } from "../protocol/frame-socket.ts";
import { decodeServerMessage, encodeClientMessage } from "../protocol/message.ts";
import { SocketDuplex } from "../protocol/socket-duplex.ts";
import { ALPN } from "../protocol/tls.ts";
import type { ClientContext } from "./context.ts";
import { hostText } from "./server-address.ts";

/** bore's timeout for connecting and for each message that it waits for at the start. */
export const NETWORK_TIMEOUT = 3000;

/** A connection to a server. Disposing it resets it, unless `release` gave it away. */
export interface Dialled extends Disposable {
  readonly frames: FrameSocket;
  /** What bytes go through, and the TCP socket below it. */
  readonly socket: Socket;
  readonly raw: Socket;
}

/** Connects to the server, with TLS where its address says so. Rejects with `TunnelError` or the signal's reason. */
export async function dialServer(context: ClientContext, signal: AbortSignal): Promise<Dialled> {
  const { server, clock } = context;
  signal.throwIfAborted();
  const raw = connect({
    host: server.host,
    port: server.port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_IDLE,
  });
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  const cancelTimeout = clock.after(NETWORK_TIMEOUT, () =>
    reject(new TunnelError("timeout", `Cannot connect to ${targetText(context)} within 3 s`)),
  );
  raw.on("error", (error) => reject(toUnreachable(error, context)));
  try {
    const opened = open(raw, context);
    opened.catch(() => undefined);
    const socket = await Promise.race([opened, promise]);
    const frames = new FrameSocket(socket, clock);
    return {
      frames,
      socket,
      raw,
      [Symbol.dispose]: () => {
        resetSocket(raw);
        socket.destroy();
      },
    };
  } catch (error) {
    raw.destroy();
    throw error;
  } finally {
    cancelTimeout();
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => undefined);
  }
}

/** Milliseconds of silence after which the operating system asks whether the peer is still there. */
const KEEP_ALIVE_IDLE = 10_000;

async function open(raw: Socket, context: ClientContext): Promise<Socket> {
  await connected(raw);
  if (context.server.scheme !== "islets") return raw;
  const { host } = context.server;
  const ca = context.certificateAuthorities;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connectTls({
    socket: new SocketDuplex(await askForTls(raw, context)),
    ALPNProtocols: [ALPN],
    // RFC 6066 §3: an address is no server name; it is still compared with the certificate.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(ca === undefined ? {} : { ca }),
  });
  const fail = (error: Error): void => reject(toUntrusted(error, context));
  socket.once("secureConnect", resolve);
  // It stays: an error that comes before the next owner listens must not end the process.
  socket.on("error", fail);
  socket.once("close", () => fail(new Error("it closed the connection")));
  await promise;
  if (socket.alpnProtocol !== ALPN) {
    throw toUntrusted(new Error("it is another kind of server"), context);
  }
  return socket;
}

/** Says that TLS comes next, and waits for the server to say so too. A challenge on the way belongs to nobody. */
async function askForTls(raw: Socket, context: ClientContext): Promise<Socket> {
  const frames = new FrameSocket(raw, context.clock);
  frames.send(encodeClientMessage({ tag: "tls" }));
  try {
    for (let frame = await frames.receive(); frame !== undefined; frame = await frames.receive()) {
      const { tag } = decodeServerMessage(frame);
      if (tag === "tls") return frames.detach();
      if (tag !== "challenge") break;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  throw toUntrusted(new Error("it does not offer TLS"), context);
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  return promise;
}

function targetText({ server }: ClientContext): string {
  return `${hostText(server.host)}:${server.port}`;
}

function toUnreachable(error: unknown, context: ClientContext): TunnelError {
  const { message } = toSocketError(error, `connect to ${targetText(context)}`);
  return new TunnelError("unreachable", message, { cause: error });
}

function toUntrusted(error: Error, context: ClientContext): TunnelError {
  return new TunnelError(
    "untrusted",
    `Cannot trust ${targetText(context)} with TLS: ${error.message}`,
    {
      cause: error,
      hint: "Check the name and the certificate of the server; islet:// goes without TLS",
    },
  );
}
