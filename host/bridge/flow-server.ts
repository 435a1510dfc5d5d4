import { SocketError } from "../network/error.ts";
import type { UdpVisit } from "../network/virtual/udp-visit.ts";
import type { VirtualNetwork } from "../network/virtual/virtual-network.ts";
import { checkPort, fromAddressMessage } from "./address-message.ts";
import { LinkError } from "./error.ts";
import { type Failure, toFailure } from "./failure.ts";
import { FlowWindow } from "./flow-window.ts";
import type { Link } from "./link.ts";
import type { FlowMessage, MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";

type ServerMessage = FlowMessage | Extract<MessageToCell, { tag: "flow-open" | "flow-close" }>;

/** The cell's side of flows of datagrams from outside. */
export class FlowServer {
  readonly #link: Link<MessageToMain, MessageToCell>;
  readonly #network: VirtualNetwork;
  readonly #window: FlowWindow;
  readonly #visits = new Map<number, UdpVisit>();

  constructor(link: Link<MessageToMain, MessageToCell>, network: VirtualNetwork) {
    this.#link = link;
    this.#network = network;
    this.#window = new FlowWindow(link);
  }

  /** Handles what the main thread says. Throws `LinkError` for what it must not say. */
  receive(message: ServerMessage): void {
    switch (message.tag) {
      case "flow-open":
        this.#open(message);
        break;
      case "flow-data":
        this.#deliver(message.id, this.#window.receive(message.bytes));
        break;
      case "flow-credit":
        this.#window.receiveCredit(message.cost);
        break;
      case "flow-close":
        this.#visits.get(message.id)?.[Symbol.dispose]();
        this.#visits.delete(message.id);
        break;
    }
  }

  /** The link is gone: every visitor is. */
  break(): void {
    for (const visit of this.#visits.values()) visit[Symbol.dispose]();
    this.#visits.clear();
  }

  #open({ id, port, visitor }: Extract<ServerMessage, { tag: "flow-open" }>): void {
    if (this.#visits.has(id)) {
      throw new LinkError("protocol-violation", `Flow ${id} was opened twice`);
    }
    const close = (failure?: Failure): void => {
      this.#visits.delete(id);
      this.#link.send({ tag: "flow-closed", id, failure });
    };
    const remote = fromAddressMessage(visitor);
    try {
      const visit = this.#network.visitUdp(checkPort(port), {
        visitor: remote,
        // What the window does not take is dropped: a datagram never waits.
        onDatagram: (bytes) => void this.#window.send(id, bytes),
        onClose: () => close(),
      });
      this.#visits.set(id, visit);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      close(toFailure(error));
    }
  }

  #deliver(id: number, bytes: Uint8Array): void {
    try {
      // The flow may have ended here while the datagram was under way.
      this.#visits.get(id)?.send(bytes);
    } catch (error) {
      // The quota has no place for the visitor in that family: the datagram is dropped.
      if (!(error instanceof SocketError)) throw error;
    }
  }
}
