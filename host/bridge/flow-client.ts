import { SocketError } from "../network/error.ts";
import type { DatagramFlow, FlowOptions } from "../network/way-in.ts";
import { toAddressMessage } from "./address-message.ts";
import { fromFailure } from "./failure.ts";
import { FlowWindow } from "./flow-window.ts";
import { IdSequence } from "./id-sequence.ts";
import type { Link } from "./link.ts";
import type { FlowMessage, MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";

/** Flows of one link before more are refused. */
const MAX_FLOWS = 16_384;

type ClientMessage = FlowMessage | Extract<MessageToMain, { tag: "flow-closed" }>;

/** The main thread's side of flows of datagrams into a cell. */
export class FlowClient {
  readonly #link: Link<MessageToCell, MessageToMain>;
  readonly #window: FlowWindow;
  readonly #ids = new IdSequence();
  readonly #flows = new Map<number, FlowOptions>();

  constructor(link: Link<MessageToCell, MessageToMain>) {
    this.#link = link;
    this.#window = new FlowWindow(link);
  }

  /** Flows that are open. */
  get size(): number {
    return this.#flows.size;
  }

  /** As `WayIn.openFlow`. */
  open(port: number, options: FlowOptions): DatagramFlow {
    const act = `open a flow to port ${port}`;
    if (this.#link.failure !== undefined) {
      throw new SocketError("connection-refused", `Cannot ${act}: the workload does not run`);
    }
    if (this.#flows.size >= MAX_FLOWS) {
      throw new SocketError("new-socket-limit", `Cannot ${act}: ${MAX_FLOWS} flows are open`);
    }
    const id = this.#ids.next();
    this.#flows.set(id, options);
    this.#link.send({ tag: "flow-open", id, port, visitor: toAddressMessage(options.remote) });
    return {
      send: (bytes) => this.#flows.has(id) && this.#window.send(id, bytes),
      [Symbol.dispose]: () => {
        if (!this.#flows.delete(id)) return;
        this.#link.send({ tag: "flow-close", id });
      },
    };
  }

  /** Handles what the cell says. Throws `LinkError` for what it must not say. */
  receive(message: ClientMessage): void {
    switch (message.tag) {
      case "flow-data": {
        // The flow may have been closed here while the datagram was under way.
        const bytes = this.#window.receive(message.bytes);
        this.#flows.get(message.id)?.onDatagram(bytes);
        break;
      }
      case "flow-credit":
        this.#window.receiveCredit(message.cost);
        break;
      case "flow-closed":
        this.#end(message.id, message.failure && fromFailure(message.failure));
        break;
    }
  }

  /** The link is gone: every flow ends. */
  break(): void {
    for (const id of this.#flows.keys()) this.#end(id);
  }

  #end(id: number, failure?: Error): void {
    const flow = this.#flows.get(id);
    if (flow === undefined) return;
    this.#flows.delete(id);
    flow.onClose(failure);
  }
}
