import type { SocketAddress } from "node:net";
import type { NetworkQuota } from "../quota.ts";
import type { RingPool } from "../ring-pool.ts";
import type { UdpBindOptions } from "../udp.ts";
import { PortTable } from "./port-table.ts";
import { VirtualUdpSocket } from "./udp-socket.ts";
import { UdpVisit, type UdpVisitOptions, type VisitScope } from "./udp-visit.ts";

/** The UDP sockets of one virtual network, and the way between them. */
export class UdpPlane implements Disposable {
  readonly rings: RingPool;
  readonly #ports: PortTable;
  readonly #sockets = new Map<string, Map<number, VirtualUdpSocket>>();
  /** The sockets whose ports were asked for by number, which `#onPort` was told of. */
  readonly #named = new Set<VirtualUdpSocket>();
  readonly #onPort: OnUdpPort | undefined;
  readonly #visits: VisitScope;
  #lost = 0;

  constructor(quota: NetworkQuota, rings: RingPool, onPort?: OnUdpPort) {
    this.#ports = new PortTable(quota);
    this.rings = rings;
    this.#onPort = onPort;
    this.#visits = {
      open: new Map(),
      ports: this.#ports,
      quota,
      find: (port, family) => this.#find(port, family),
    };
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
    if (local.port !== 0) {
      this.#named.add(socket);
      this.#onPort?.("udp", reservation.local, true);
    }
    return socket;
  }

  /** Lets somebody from outside exchange datagrams with whoever has `port`. */
  visit(port: number, options: UdpVisitOptions): UdpVisit {
    return new UdpVisit(this.#visits, port, options);
  }

  /** Whether a visitor at `remote` exchanges datagrams with the socket at `local`. */
  hasVisitor(local: SocketAddress, remote: SocketAddress): boolean {
    const { open } = this.#visits;
    return open.size > 0 && open.has(UdpVisit.keyOf(remote, local.port));
  }

  /** Hands a datagram to whoever is at `remote`; like the network it stands for, it does not tell whether somebody is. */
  deliver(data: Uint8Array, local: SocketAddress, remote: SocketAddress): void {
    const socket = this.#sockets.get(remote.address)?.get(remote.port);
    if (socket !== undefined) {
      socket.deliver(data, local);
      return;
    }
    const { open } = this.#visits;
    const visit = open.size === 0 ? undefined : open.get(UdpVisit.keyOf(remote, local.port));
    if (visit === undefined) this.#lost += 1;
    else visit.receive(data);
  }

  /** Forgets a socket that was closed. */
  remove(socket: VirtualUdpSocket): void {
    const { address, port } = socket.local;
    const sockets = this.#sockets.get(address);
    sockets?.delete(port);
    if (sockets?.size === 0) this.#sockets.delete(address);
    if (this.#named.delete(socket)) this.#onPort?.("udp", socket.local, false);
  }

  /** Closes every socket. */
  [Symbol.dispose](): void {
    for (const sockets of this.#sockets.values()) {
      for (const socket of sockets.values()) socket[Symbol.dispose]();
    }
    for (const visit of new Set(this.#visits.open.values())) visit.end();
    this.#ports[Symbol.dispose]();
  }

  /** Who has `port`; 127.0.0.1 and ::1 go before what else is loopback, `family` before the other. */
  #find(port: number, family: SocketAddress["family"]): VirtualUdpSocket | undefined {
    const own = this.#sockets.get(family === "ipv4" ? "127.0.0.1" : "::1")?.get(port);
    if (own !== undefined) return own;
    let found: VirtualUdpSocket | undefined;
    for (const sockets of this.#sockets.values()) {
      const socket = sockets.get(port);
      if (socket?.local.family === family) return socket;
      found ??= socket;
    }
    return found;
  }
}

type OnUdpPort = (protocol: "udp", local: SocketAddress, open: boolean) => void;
