import { type BoundSocket, createConnection, type Socket, type SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import { toText } from "../socket-address.ts";
import { toSocketError } from "./errno.ts";

/** How a connection is dialled. */
export interface DialOptions {
  /** Adopted: the connection comes from its port. */
  readonly bound: BoundSocket | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds after which it fails with `timeout`. */
  readonly timeout: number;
  /** Sockets that are not connected yet; destroying one with an error fails its call with that error. */
  readonly dialling: Set<Socket>;
}

/** Connects to `remote` and resolves with what `open` makes of the socket, in the very turn in which it connected. */
export function dial<T>(
  remote: SocketAddress,
  open: (socket: Socket) => T,
  { bound, signal, timeout, dialling }: DialOptions,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const { address: host, port } = remote;
  const socket = createConnection({
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    ...(bound === undefined ? {} : { handle: bound }),
  });
  const settle = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    socket.off("error", onError);
    dialling.delete(socket);
  };
  const fail = (reason: unknown): void => {
    settle();
    reject(reason);
    socket.destroy();
  };
  const onAbort = (): void => fail(signal?.reason);
  const onError = (error: Error): void => {
    fail(toConnectError(error, remote, bound !== undefined));
  };
  const timer = setTimeout(() => {
    fail(new SocketError("timeout", `Cannot connect to ${toText(remote)} within ${timeout} ms`));
  }, timeout);
  signal?.addEventListener("abort", onAbort);
  socket.on("error", onError);
  socket.once("connect", () => {
    settle();
    try {
      resolve(open(socket));
    } catch (error) {
      reject(toConnectError(error, remote, false));
      socket.destroy();
    }
  });
  dialling.add(socket);
  return promise;
}

/** Without a bound port, an address that is not available means that no ephemeral port was left. */
function toConnectError(error: unknown, remote: SocketAddress, isBound: boolean): SocketError {
  const failure = toSocketError(error, `connect to ${toText(remote)}`);
  if (isBound || failure.code !== "address-not-bindable") return failure;
  return new SocketError("address-in-use", failure.message, { cause: error });
}
