import { SocketAddress } from "node:net";
import { MessageChannel } from "node:worker_threads";
import { CellEnd } from "../../../host/bridge/cell-end.ts";
import type { LinkWayIn } from "../../../host/bridge/link-way-in.ts";
import { MainEnd } from "../../../host/bridge/main-end.ts";
import type { Connection, Listener } from "../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import {
  VirtualNetwork,
  type VirtualNetworkOptions,
} from "../../../host/network/virtual/virtual-network.ts";
import { until } from "./support.ts";

export const SIGNAL: AbortSignal = new AbortController().signal;

export const VISITOR: SocketAddress = ipv4("203.0.113.7", 41_000);

export function ipv4(address: string, port: number): SocketAddress {
  return new SocketAddress({ address, family: "ipv4", port });
}

export function ipv6(address: string, port: number): SocketAddress {
  return new SocketAddress({ address, family: "ipv6", port });
}

/** Waits for a connection and accepts it. */
export async function accept(listener: Listener): Promise<Connection> {
  await until(() => listener.pending > 0);
  const connection = listener.accept();
  if (connection === undefined) throw new Error("Nothing waits to be accepted");
  return connection;
}

/** A virtual network behind a bridge over a real channel, and the way into it. */
export class Shore implements Disposable {
  readonly network: VirtualNetwork;
  readonly main: MainEnd;
  readonly cell: CellEnd;

  constructor(options: VirtualNetworkOptions = {}) {
    const { port1, port2 } = new MessageChannel();
    this.network = new VirtualNetwork({
      ...options,
      onPort: (protocol, { port }, open) => this.cell.sendPort(protocol, port, open),
    });
    this.main = new MainEnd(port1, { report: () => {}, ended: () => {}, quota: options.quota });
    this.cell = new CellEnd(port2, {
      command: () => {},
      handleHttp: () => Promise.reject(new Error("There is no component")),
      network: this.network,
      quota: options.quota,
      ended: () => {},
    });
  }

  get wayIn(): LinkWayIn {
    return this.main.wayIn;
  }

  listen(local: SocketAddress = ipv4("127.0.0.1", 7777), backlog = 16): Listener {
    return this.network.listen(this.network.bind(local), { backlog, tcp });
  }

  /** Connects `visitor` to `listener` and accepts it. */
  async link(
    listener: Listener,
    visitor: SocketAddress = VISITOR,
  ): Promise<{ outside: Connection; inside: Connection }> {
    const connect = this.wayIn.connect(listener.local.port, { remote: visitor, signal: SIGNAL });
    const inside = await accept(listener);
    return { outside: await connect, inside };
  }

  /** Waits until nothing is open any more, neither here nor there. */
  async idle(): Promise<void> {
    await until(() => this.wayIn.active === 0 && this.network.connections === 0);
    await until(() => this.main.streams === 0);
  }

  [Symbol.dispose](): void {
    this.main[Symbol.dispose]();
    this.cell[Symbol.dispose]();
    this.network[Symbol.dispose]();
  }
}
