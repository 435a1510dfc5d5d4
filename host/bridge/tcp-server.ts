import type { Connection } from "../network/network.ts";
import { SocketError } from "../network/error.ts";
import { TCP_OPTIONS_DEFAULT } from "../network/tcp-options.ts";
import { TurnoverMap } from "../network/turnover.ts";
import type { VirtualNetwork } from "../network/virtual/virtual-network.ts";
import { checkPort, fromAddressMessage, toAddressMessage } from "./address-message.ts";
import { LinkError } from "./error.ts";
import { toFailure } from "./failure.ts";
import type { Link } from "./link.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import { spliceConnection } from "./splice-connection.ts";
import type { StreamTable } from "./stream-table.ts";

type ServerMessage = Extract<MessageToCell, { tag: "tcp-connect" | "tcp-cancel" }>;

/** The cell's side of connections from outside: each request gets exactly one answer. */
export class TcpServer {
  readonly #link: Link<MessageToMain, MessageToCell>;
  readonly #streams: StreamTable;
  readonly #network: VirtualNetwork;
  readonly #connects = new TurnoverMap<number, AbortController>();

  constructor(
    link: Link<MessageToMain, MessageToCell>,
    streams: StreamTable,
    network: VirtualNetwork,
  ) {
    this.#link = link;
    this.#streams = streams;
    this.#network = network;
  }

  /** Handles what the main thread says. Throws `LinkError` for what it must not say. */
  receive(message: ServerMessage): void {
    switch (message.tag) {
      case "tcp-connect":
        this.#connect(message);
        break;
      case "tcp-cancel":
        // It may have been answered while the message was under way.
        this.#connects.get(message.id)?.abort();
        break;
    }
  }

  /** The link is gone: nobody waits for an answer any more. */
  break(): void {
    for (const connect of this.#connects.values()) connect.abort();
    this.#connects.clear();
  }

  #connect({ id, port, visitor }: Extract<ServerMessage, { tag: "tcp-connect" }>): void {
    if (this.#connects.has(id)) {
      throw new LinkError("protocol-violation", `Connection ${id} was opened twice`);
    }
    const controller = new AbortController();
    this.#connects.set(id, controller);
    this.#network
      .visit(checkPort(port), {
        visitor: fromAddressMessage(visitor),
        tcp: TCP_OPTIONS_DEFAULT,
        signal: controller.signal,
      })
      .then(
        (connection) => this.#opened(id, connection),
        (error: unknown) => this.#fail(id, port, error),
      );
  }

  #opened(id: number, connection: Connection): void {
    this.#connects.delete(id);
    if (this.#link.failure !== undefined) {
      connection.reset();
      return;
    }
    this.#link.send({ tag: "tcp-connected", id, local: toAddressMessage(connection.remote) });
    const source = this.#streams.openSource(id, undefined);
    const sink = this.#streams.openSink(id, 0);
    spliceConnection(connection, { source, sink, link: this.#link });
  }

  #fail(id: number, port: number, error: unknown): void {
    this.#connects.delete(id);
    const isClosed = error instanceof SocketError && error.code === "invalid-state";
    const failure = isClosed
      ? new SocketError(
          "connection-refused",
          `Cannot connect to port ${port}: the workload is stopping`,
        )
      : toError(error);
    this.#link.send({ tag: "tcp-failed", id, failure: toFailure(failure) });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
