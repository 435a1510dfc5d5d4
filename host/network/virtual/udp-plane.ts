import type { SocketAddress } from "node:net";
import type { NetworkQuota } from "../quota.ts";
import type { RingPool } from "../ring-pool.ts";
import type { UdpBindOptions } from "../udp.ts";
import { PortTable } from "./port-table.ts";
import { VirtualUdpSocket } from "./udp-socket.ts";

/** The UDP sockets of one virtual network, and the way between them. */
export class UdpPlane implements Disposable {
  readonly rings: RingPool;
  readonly #ports: PortTable;
  readonly #sockets = new Map<string, Map<number, VirtualUdpSocket>>();
  #lost = 0;

  constructor(quota: NetworkQuota, rings: RingPool) {
    this.#ports = new PortTable(quota);
    this.rings = rings;
  }

  /** Sockets that are open. */
  get sockets(): number {
    return this.#ports.size;
  }

  /** Datagrams that were sent to where nobody is. */
  get lost(): number {
    return this.#lost;
  }

  bind(local: SocketAddress, options: UdpBindOptions): VirtualUdpSocket {
    const reservation = this.#ports.reserve(local);
    const socket = new VirtualUdpSocket(this, reservation, options);
    const { address, port } = reservation.local;
    const sockets = this.#sockets.get(address);
    if (sockets === undefined) this.#sockets.set(address, new Map([[port, socket]]));
    else sockets.set(port, socket);
    return socket;
  }

  /** Hands a datagram to whoever is at `remote`; like the network it stands for, it does not tell whether somebody is. */
  deliver(data: Uint8Array, local: SocketAddress, remote: SocketAddress): void {
    const socket = this.#sockets.get(remote.address)?.get(remote.port);
    if (socket === undefined) this.#lost += 1;
    else socket.deliver(data, local);
  }

  /** Forgets a socket that was closed. */
  remove({ local: { address, port } }: VirtualUdpSocket): void {
    const sockets = this.#sockets.get(address);
    sockets?.delete(port);
    if (sockets?.size === 0) this.#sockets.delete(address);
  }

  /** Closes every socket. */
  [Symbol.dispose](): void {
    for (const sockets of this.#sockets.values()) {
      for (const socket of sockets.values()) socket[Symbol.dispose]();
    }
    this.#ports[Symbol.dispose]();
  }
}
