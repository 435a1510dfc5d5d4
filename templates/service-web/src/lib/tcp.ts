import type { Pollable } from "wasi:io/poll@0.2.12";
import type { InputStream, OutputStream } from "wasi:io/streams@0.2.12";
import { instanceNetwork } from "wasi:sockets/instance-network@0.2.12";
import type { ErrorCode, IpSocketAddress } from "wasi:sockets/network@0.2.12";
import type { TcpSocket } from "wasi:sockets/tcp@0.2.12";
import { createTcpSocket } from "wasi:sockets/tcp-create-socket@0.2.12";
import { Deadline, errorCode, read, write } from "./io.ts";

/** Milliseconds that binding and listening may take. */
const LISTEN_TIMEOUT = 5_000;

/** A TCP socket that accepts connections. */
export class Listener implements Disposable {
  /** Ready when there is a connection to accept. */
  readonly acceptable: Pollable;
  readonly #socket: TcpSocket;

  constructor(socket: TcpSocket) {
    this.#socket = socket;
    this.acceptable = socket.subscribe();
  }

  /** The next connection; undefined while there is none. */
  accept(): Connection | undefined {
    const accepted = unlessWouldBlock(() => this.#socket.accept());
    return accepted && new Connection(...accepted);
  }

  [Symbol.dispose](): void {
    this.acceptable[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}

/** A TCP connection: what comes in, and what goes out, neither ever waiting. */
export class Connection implements Disposable {
  /** Ready when there is something to read, or the end. */
  readonly readable: Pollable;
  /** Ready when there is room to write, or the other side is gone. */
  readonly writable: Pollable;
  readonly #socket: TcpSocket;
  readonly #input: InputStream;
  readonly #output: OutputStream;

  constructor(socket: TcpSocket, input: InputStream, output: OutputStream) {
    this.#socket = socket;
    this.#input = input;
    this.#output = output;
    this.readable = input.subscribe();
    this.writable = output.subscribe();
  }

  /** What has arrived, which may be nothing; undefined once the other side has finished sending. */
  read(): Uint8Array | undefined {
    return read(this.#input);
  }

  /** Sends as many of the bytes as there is room for, and returns how many. */
  write(bytes: Uint8Array): number {
    return write(this.#output, bytes);
  }

  /** Says that nothing more will be sent; the other side can still be read. */
  finish(): void {
    this.#socket.shutdown("send");
  }

  [Symbol.dispose](): void {
    // Children first: what a socket gave out must be gone before the socket goes.
    this.readable[Symbol.dispose]();
    this.writable[Symbol.dispose]();
    this.#input[Symbol.dispose]();
    this.#output[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}

/** Listens on all of the workload's own addresses, which nothing outside of the workload can reach. */
export function listen(port: number): Listener {
  using network = instanceNetwork();
  using deadline = new Deadline(LISTEN_TIMEOUT);
  const socket = createTcpSocket("ipv4");
  try {
    socket.startBind(network, ipv4("0.0.0.0", port));
    finish(socket, deadline, () => socket.finishBind());
    socket.startListen();
    finish(socket, deadline, () => socket.finishListen());
    return new Listener(socket);
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/** Waits for the second half of an operation that was started: WASI splits what may take time in two. */
function finish<T>(socket: TcpSocket, deadline: Deadline, operation: () => T): T {
  using changed = socket.subscribe();
  for (;;) {
    const result = unlessWouldBlock(() => ({ value: operation() }));
    if (result) return result.value;
    deadline.wait(changed);
  }
}

function unlessWouldBlock<T>(operation: () => T): T | undefined {
  try {
    return operation();
  } catch (error) {
    if (errorCode(error) === ("would-block" satisfies ErrorCode)) return undefined;
    throw error;
  }
}

function ipv4(host: string, port: number): IpSocketAddress {
  const [a = 0, b = 0, c = 0, d = 0] = host.split(".").map(Number);
  return { tag: "ipv4", val: { address: [a, b, c, d], port } };
}
