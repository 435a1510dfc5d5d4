import type { SocketAddress } from "node:net";
import { SocketError } from "../network/error.ts";
import type { Connection } from "../network/network.ts";
import { TurnoverList, TurnoverMap } from "../network/turnover.ts";
import { fromAddressMessage, toAddressMessage } from "./address-message.ts";
import { LinkError } from "./error.ts";
import { fromFailure } from "./failure.ts";
import type { IdSequence } from "./id-sequence.ts";
import type { Link } from "./link.ts";
import { LinkConnection } from "./link-connection.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamTable } from "./stream-table.ts";

/** Connects under way on one link before more are refused. */
const MAX_CONNECTS = 4096;

type ClientMessage = Extract<MessageToMain, { tag: "tcp-connected" | "tcp-failed" }>;

interface Connect {
  readonly port: number;
  readonly visitor: SocketAddress;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

/** What connections over a link are opened with. */
export interface TcpClientOptions {
  readonly link: Link<MessageToCell, MessageToMain>;
  readonly streams: StreamTable;
  readonly ids: IdSequence;
}

/** The main thread's side of connections into a cell. */
export class TcpClient {
  readonly #options: TcpClientOptions;
  readonly #connects = new TurnoverMap<number, Connect>();
  readonly #open = new TurnoverList<LinkConnection>();

  constructor(options: TcpClientOptions) {
    this.#options = options;
  }

  /** Connections that are open or being made. */
  get size(): number {
    return this.#connects.size + this.#open.size;
  }

  /** As `WayIn.connect`. */
  connect(port: number, visitor: SocketAddress, signal: AbortSignal): Promise<Connection> {
    const { link, ids } = this.#options;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (link.failure !== undefined) throw ended(port);
      if (this.#connects.size >= MAX_CONNECTS) {
        throw new SocketError(
          "new-socket-limit",
          `Cannot connect to port ${port}: ${MAX_CONNECTS} connects are under way`,
        );
      }
      const id = ids.next();
      const onAbort = (): void => {
        // The entry stays until the cell's answer, so that it is not taken for a stray one.
        link.send({ tag: "tcp-cancel", id });
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#connects.set(id, { port, visitor, resolve, reject, signal, onAbort });
      link.send({ tag: "tcp-connect", id, port, visitor: toAddressMessage(visitor) });
    });
  }

  /** Handles the cell's answer. Throws `LinkError` for one that nobody asked for. */
  receive(message: ClientMessage): void {
    const { id } = message;
    const connect = this.#connects.get(id);
    if (connect === undefined) {
      throw new LinkError("protocol-violation", `Answer to ${id}, which is not under way`);
    }
    connect.signal.removeEventListener("abort", connect.onAbort);
    switch (message.tag) {
      case "tcp-connected":
        this.#opened(connect, id, fromAddressMessage(message.local));
        break;
      case "tcp-failed":
        connect.reject(fromFailure(message.failure));
        break;
    }
    // Not before: a malformed answer ends the link, and then the connect as one of those under way.
    this.#connects.delete(id);
  }

  /** The link is gone: whoever waits is refused, what is open is reset. */
  break(): void {
    for (const { signal, onAbort, reject, port } of this.#connects.values()) {
      signal.removeEventListener("abort", onAbort);
      reject(ended(port));
    }
    this.#connects.clear();
    for (const connection of this.#open.values()) connection.breakOff();
  }

  #opened(connect: Connect, id: number, remote: SocketAddress): void {
    const { streams } = this.#options;
    let directions = 2;
    const finished = (): void => {
      directions -= 1;
      if (directions === 0) this.#open.delete(ticket);
    };
    const connection = new LinkConnection({
      local: connect.visitor,
      remote,
      source: streams.openSource(id, undefined, finished),
      sink: streams.openSink(id, 0, finished),
    });
    const ticket = this.#open.add(connection);
    if (connect.signal.aborted) connection.reset();
    else connect.resolve(connection);
  }
}

function ended(port: number): SocketError {
  return new SocketError(
    "connection-refused",
    `Cannot connect to port ${port}: the workload does not run`,
  );
}
