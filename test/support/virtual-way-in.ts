import { SocketAddress } from "node:net";
import { SocketError } from "../../host/network/error.ts";
import type { Connection } from "../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT } from "../../host/network/tcp-options.ts";
import type { VirtualNetwork } from "../../host/network/virtual/virtual-network.ts";
import { WaitList } from "../../host/network/wait-list.ts";
import type { DatagramFlow, WayIn } from "../../host/network/way-in.ts";

/** The way into a virtual network of this thread, with the ports that a test says are listened on. */
export class VirtualWayIn implements WayIn {
  readonly whenChanged: WaitList = new WaitList();
  closed = false;
  atRest: string | undefined;
  /** How often somebody wanted to know whether there is a listener. */
  asks = 0;
  /** Connects that went through. */
  connects = 0;
  readonly #network: VirtualNetwork;
  readonly #ports: Set<number>;

  constructor(network: VirtualNetwork, ports: readonly number[]) {
    this.#network = network;
    this.#ports = new Set(ports);
  }

  isListening(_protocol: "tcp" | "udp", port: number): boolean {
    this.asks += 1;
    return this.#ports.has(port);
  }

  setListening(port: number, isListening: boolean): void {
    if (isListening) this.#ports.add(port);
    else this.#ports.delete(port);
    this.whenChanged.notify();
  }

  async connect(
    port: number,
    { signal }: { readonly remote: SocketAddress; readonly signal: AbortSignal },
  ): Promise<Connection> {
    const address = new SocketAddress({ address: "127.0.0.1", family: "ipv4", port });
    const connection = await this.#network.connect(address, { tcp: TCP_OPTIONS_DEFAULT, signal });
    this.connects += 1;
    return connection;
  }

  openFlow(port: number): DatagramFlow {
    throw new SocketError("connection-refused", `Nothing takes datagrams on port ${port}`);
  }
}
