import type { SocketAddress } from "node:net";
import type { Connection } from "../network/network.ts";
import type { WaitList } from "../network/wait-list.ts";
import type { DatagramFlow, FlowOptions, WayIn } from "../network/way-in.ts";
import { FlowClient } from "./flow-client.ts";
import type { IdSequence } from "./id-sequence.ts";
import type { Link } from "./link.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import { OpenPorts } from "./open-ports.ts";
import type { StreamTable } from "./stream-table.ts";
import { TcpClient } from "./tcp-client.ts";

type WayInMessage = Extract<
  MessageToMain,
  {
    tag: "port" | "tcp-connected" | "tcp-failed" | "flow-data" | "flow-credit" | "flow-closed";
  }
>;

/** A way in that tells how much goes through it. */
export interface CountedWayIn extends WayIn {
  /** Connections and flows that are open or being opened. */
  readonly active: number;
}

/** The way into one cell: over a link, for as long as the cell lives. */
export class LinkWayIn implements CountedWayIn {
  /** What becomes of a workload without its cell is not known here. */
  readonly atRest: undefined = undefined;
  readonly #ports = new OpenPorts();
  readonly #tcp: TcpClient;
  readonly #flows: FlowClient;
  #closed = false;

  constructor(link: Link<MessageToCell, MessageToMain>, streams: StreamTable, ids: IdSequence) {
    this.#tcp = new TcpClient({ link, streams, ids });
    this.#flows = new FlowClient(link);
  }

  get active(): number {
    return this.#tcp.size + this.#flows.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get whenChanged(): WaitList {
    return this.#ports.whenChanged;
  }

  isListening(protocol: "tcp" | "udp", port: number): boolean {
    return this.#ports.has(protocol, port);
  }

  connect(
    port: number,
    { remote, signal }: { readonly remote: SocketAddress; readonly signal: AbortSignal },
  ): Promise<Connection> {
    return this.#tcp.connect(port, remote, signal);
  }

  openFlow(port: number, options: FlowOptions): DatagramFlow {
    return this.#flows.open(port, options);
  }

  /** Handles what the cell says. Throws `LinkError` for what it must not say. */
  receive(message: WayInMessage): void {
    switch (message.tag) {
      case "port":
        this.#ports.receive(message);
        break;
      case "tcp-connected":
      case "tcp-failed":
        this.#tcp.receive(message);
        break;
      case "flow-data":
      case "flow-credit":
      case "flow-closed":
        this.#flows.receive(message);
        break;
    }
  }

  /** The link is gone. */
  break(): void {
    this.#closed = true;
    this.#tcp.break();
    this.#flows.break();
    this.#ports.clear();
  }
}
