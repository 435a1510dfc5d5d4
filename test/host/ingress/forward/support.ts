import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  ForwardTable,
  type ForwardTableOptions,
} from "../../../../host/ingress/forward/forward-table.ts";
import type { ForwardOptions, ForwardStatus } from "../../../../host/ingress/forward/forward.ts";
import { parseForward } from "../../../../host/ingress/forward/forward-spec.ts";
import type { Connection, Listener } from "../../../../host/network/network.ts";
import { SwitchedWayIn } from "../../../../host/workload/way-in.ts";
import { readAll } from "../../bridge/support.ts";
import { ipv4, Shore } from "../../bridge/way-in-support.ts";

/** A workload behind a real bridge, and a table of forwards to it. */
export class Harbour implements AsyncDisposable {
  readonly shore: Shore;
  readonly wayIn: SwitchedWayIn = new SwitchedWayIn(() => this.#rest);
  readonly table: ForwardTable;
  readonly ownPorts: string[] = [];
  readonly warnings: string[] = [];
  #rest: string | undefined;

  constructor(options: Partial<ForwardTableOptions> = {}, shore: Shore = new Shore()) {
    this.shore = shore;
    this.wayIn.setTargets([shore.wayIn]);
    this.table = new ForwardTable({
      ownPort: (protocol, port) => {
        const key = `${protocol} ${port}`;
        this.ownPorts.push(key);
        return {
          [Symbol.dispose]: () => void this.ownPorts.splice(this.ownPorts.indexOf(key), 1),
        };
      },
      warn: (message) => this.warnings.push(message),
      ...options,
    });
  }

  /** Adds the forward that `text` says, as `islet run --forward` reads it. */
  async add(text = "auto:80", options: Partial<ForwardOptions> = {}): Promise<Offered> {
    const [spec] = parseForward(text);
    assert.ok(spec !== undefined && typeof spec.port === "number");
    const status = await this.table.add(
      { publish: spec.publish, protocol: spec.protocol, port: spec.port },
      { workload: "default/shop", wayIn: this.wayIn, ...options },
    );
    const outside = status.outsides[0];
    return { ...status, host: outside?.tag === "port" ? outside.port : 0 };
  }

  /** What the forward is now. */
  now({ id }: ForwardStatus): ForwardStatus {
    const status = this.table.get(id);
    assert.ok(status, "the forward is gone");
    return status;
  }

  /** Serves every connection to port 80 with `serve`, until the result is disposed. */
  serve(serve: (connection: Connection) => void = echo, port = 80): Listener {
    const listener = this.shore.listen(ipv4("127.0.0.1", port), 64);
    const step = (): void => {
      for (let one = listener.accept(); one !== undefined; one = listener.accept()) serve(one);
      listener.whenPending.add(step);
    };
    listener.whenPending.add(step);
    return listener;
  }

  /** Has the workload not come back by itself, because of `reason`; undefined where somebody starts it. */
  rest(reason: string | undefined): void {
    this.#rest = reason;
    this.wayIn.whenChanged.notify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.table[Symbol.asyncDispose]();
    this.wayIn.close();
    this.shore[Symbol.dispose]();
  }
}

interface Offered extends ForwardStatus {
  /** The port outside. */
  readonly host: number;
}

/** Sends back what comes, each end by itself. */
export function echo(connection: Connection): void {
  void echoAll(connection);
}

async function echoAll(connection: Connection): Promise<void> {
  try {
    connection.sink.write(await readAll(connection.source));
  } catch {
    // The client has reset it.
  }
  connection[Symbol.dispose]();
}

/** A client that may go on reading after it has ended. */
export async function dial(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  return socket;
}

/** Sends `text`, ends, and resolves with all that comes back. */
export async function ask(socket: Socket, text: string): Promise<string> {
  socket.end(text);
  return await readSocket(socket);
}

export async function readSocket(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks).toString();
}

/** How a connection that is made now ends; a reset may come before the client has noticed that it is connected. */
export async function attempt(port: number, host = "127.0.0.1"): Promise<string> {
  return await endOf(connect({ port, host, noDelay: true }));
}

/** The code of the error that ends `socket`; `end` where it ends in order. */
export async function endOf(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "?"));
  socket.once("end", () => resolve("end"));
  socket.resume();
  return await promise;
}
