import type { VirtualNetwork } from "../network/virtual/virtual-network.ts";
import { FlowServer } from "./flow-server.ts";
import type { Link } from "./link.ts";
import type { FlowMessage, MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamTable } from "./stream-table.ts";
import { TcpServer } from "./tcp-server.ts";

type ServerMessage =
  | FlowMessage
  | Extract<MessageToCell, { tag: "tcp-connect" | "tcp-cancel" | "flow-open" | "flow-close" }>;

/** The cell's side of the way into its network. */
export class WayInServer {
  readonly #tcp: TcpServer;
  readonly #flows: FlowServer;

  constructor(
    link: Link<MessageToMain, MessageToCell>,
    streams: StreamTable,
    network: VirtualNetwork,
  ) {
    this.#tcp = new TcpServer(link, streams, network);
    this.#flows = new FlowServer(link, network);
  }

  /** Handles what the main thread says. Throws `LinkError` for what it must not say. */
  receive(message: ServerMessage): void {
    switch (message.tag) {
      case "tcp-connect":
      case "tcp-cancel":
        this.#tcp.receive(message);
        break;
      case "flow-open":
      case "flow-data":
      case "flow-credit":
      case "flow-close":
        this.#flows.receive(message);
        break;
    }
  }

  /** The link is gone. */
  break(): void {
    this.#tcp.break();
    this.#flows.break();
  }
}
