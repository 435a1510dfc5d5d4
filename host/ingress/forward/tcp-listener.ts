import { createServer, type Server, type Socket } from "node:net";
import { type LastDescriptors, watchDescriptors } from "../../network/last-descriptors.ts";
import { resetSocket } from "../../network/splice/socket-end.ts";
import type { Clock } from "../../engine/clock.ts";
import type { Opened } from "./bind.ts";
import { formatOutside, type OutsideAddress } from "./outside-table.ts";
import { removeStaleSocket } from "./stale-socket.ts";

export interface TcpListenerOptions {
  readonly clock: Clock;
  /** Takes a connection, of which nothing was read yet, and owns it. */
  readonly accept: (socket: Socket, outside: OutsideAddress) => void;
  /** Told when accepting is paused, in a sentence. */
  readonly warn: (message: string) => void;
  /** Whether a connection has one of the last descriptors; asked of each. */
  readonly isLast?: LastDescriptors | undefined;
  /** For tests: another server. */
  readonly createServer?: typeof createServer | undefined;
}

/** Milliseconds for which nothing is accepted after the process ran out of descriptors. */
const PAUSE = 1_000;

const TOO_MANY_FILES = "too many files are open";

/** Errors of accept(2) that pass when somebody closes something. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/**
 * An outside address that takes connections from when it is opened until it is disposed, whatever becomes of them.
 * When the process has hardly a descriptor left it says so once, and resets who comes until some are free again:
 * a connection that is neither accepted nor refused would keep the loop spinning.
 */
export class TcpListener implements Opened {
  readonly outside: OutsideAddress;
  readonly #server: Server;
  readonly #claim: Disposable;
  readonly #options: TcpListenerOptions;
  readonly #isLast: LastDescriptors;
  #resume: (() => void) | undefined;

  private constructor(
    server: Server,
    outside: OutsideAddress,
    claim: Disposable,
    options: TcpListenerOptions,
  ) {
    this.#server = server;
    this.outside = outside;
    this.#claim = claim;
    this.#options = options;
    this.#isLast = options.isLast ?? watchDescriptors();
  }

  /** Binds and listens in one step, and owns `claim` then. Rejects with the operating system's error. */
  static async open(
    outside: OutsideAddress,
    claim: Disposable,
    options: TcpListenerOptions,
  ): Promise<TcpListener> {
    const create = options.createServer ?? createServer;
    const server = create({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      // What a visitor sends waits in the kernel until it is known who reads it.
      pauseOnConnect: true,
    });
    try {
      await listen(server, outside);
    } catch (error) {
      if (outside.tag !== "unix" || !(await removeStaleSocket(outside.path, error))) throw error;
      await listen(server, outside);
    }
    const listener = new TcpListener(server, outside, claim, options);
    server.on("connection", listener.#onConnection);
    server.on("error", listener.#onError);
    return listener;
  }

  /** Frees the address at once; connections that were taken are not its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#resume?.();
    this.#resume = undefined;
    if (this.#server.listening) this.#server.close();
    this.#claim[Symbol.dispose]();
  }

  readonly #onConnection = (socket: Socket): void => {
    if (this.#resume === undefined && this.#isLast(socket)) this.#pause(TOO_MANY_FILES);
    if (this.#resume === undefined) this.#options.accept(socket, this.outside);
    else resetSocket(socket);
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (EXHAUSTED.has(error.code)) {
      if (this.#resume === undefined) this.#pause(reasonOf(error));
      return;
    }
    const place = formatOutside(this.outside);
    this.#options.warn(`Cannot accept a connection at ${place}: ${error.message}`);
  };

  #pause(reason: string): void {
    const place = formatOutside(this.outside);
    this.#options.warn(`Accepting connections at ${place} is paused: ${reason}`);
    this.#resume = this.#options.clock.after(PAUSE, () => (this.#resume = undefined));
  }
}

function listen(server: Server, outside: OutsideAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.once("listening", resolve);
  if (outside.tag === "unix") server.listen({ path: outside.path });
  else server.listen({ host: outside.address, port: outside.port, exclusive: true });
  return promise.finally(() => {
    server.off("error", reject);
    server.off("listening", resolve);
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === "EMFILE" || error.code === "ENFILE" ? TOO_MANY_FILES : error.message;
}
