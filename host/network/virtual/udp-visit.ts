import { SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import { exhausted, type NetworkQuota } from "../quota.ts";
import { toText } from "../socket-address.ts";
import { toVisitorAddress } from "../visitor-address.ts";
import { isLoopback, type PortTable } from "./port-table.ts";
import type { VirtualUdpSocket } from "./udp-socket.ts";

/** Somebody outside who exchanges datagrams with a socket inside. */
export interface UdpVisitOptions {
  readonly visitor: SocketAddress;
  /** A datagram for the visitor; the bytes are valid during the call only. */
  readonly onDatagram: (bytes: Uint8Array) => void;
  /** The network was closed. */
  readonly onClose: () => void;
}

/** What the visits of one network share. */
export interface VisitScope {
  /** By `UdpVisit.keyOf`; a visit has an entry for each family that it showed itself in. */
  readonly open: Map<string, UdpVisit>;
  readonly ports: PortTable;
  readonly quota: NetworkQuota;
  find(port: number, family: SocketAddress["family"]): VirtualUdpSocket | undefined;
}

/**
 * A visitor to a UDP port of the virtual network, whoever has it at the moment. Guests see the visitor's own address;
 * one of loopback holds its port here meanwhile, or another where that is taken, so that nobody inside is mistaken for it.
 * It counts as a `socket` of the quota.
 */
export class UdpVisit implements Disposable {
  readonly #scope: VisitScope;
  readonly #port: number;
  readonly #options: UdpVisitOptions;
  readonly #faces = new Map<SocketAddress["family"], Face>();
  #closed = false;

  constructor(scope: VisitScope, port: number, options: UdpVisitOptions) {
    this.#scope = scope;
    this.#port = port;
    this.#options = options;
    this.#show(scope.find(port, options.visitor.family)?.local.family ?? options.visitor.family);
  }

  /** Under what a visitor at `address` who visits `port` is found. */
  static keyOf(address: SocketAddress, port: number): string {
    return `${toText(address)} ${port}`;
  }

  /**
   * Hands a copy of `data` to whoever has the port; false where it was dropped.
   * Throws `SocketError` where the visitor cannot show itself in the family of a socket that it did not visit before.
   */
  send(data: Uint8Array): boolean {
    if (this.#closed) return false;
    const socket = this.#scope.find(this.#port, this.#options.visitor.family);
    if (socket === undefined) return false;
    return socket.deliver(data, this.#show(socket.local.family).address);
  }

  /** A datagram for the visitor arrives. */
  receive(data: Uint8Array): void {
    this.#options.onDatagram(data);
  }

  /** The network is closed. */
  end(): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#options.onClose();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const face of this.#faces.values()) {
      this.#scope.open.delete(UdpVisit.keyOf(face.address, this.#port));
      face.give();
    }
    this.#faces.clear();
  }

  /** The visitor as sockets of `family` see it. */
  #show(family: SocketAddress["family"]): Face {
    const known = this.#faces.get(family);
    if (known !== undefined) return known;
    const face = this.#open(toVisitorAddress(this.#options.visitor, family));
    this.#faces.set(family, face);
    this.#scope.open.set(UdpVisit.keyOf(face.address, this.#port), this);
    return face;
  }

  #open(address: SocketAddress): Face {
    const { ports, quota, open } = this.#scope;
    if (isLoopback(address)) {
      const reservation = reserve(ports, address);
      return { address: reservation.local, give: () => reservation[Symbol.dispose]() };
    }
    const act = `visit port ${this.#port} from ${toText(address)}`;
    if (open.has(UdpVisit.keyOf(address, this.#port))) {
      throw new SocketError("address-in-use", `Cannot ${act}: the visitor is there already`);
    }
    if (!quota.acquire("socket", 1)) throw exhausted("socket", act);
    return { address, give: () => quota.release("socket", 1) };
  }
}

/** The visitor in one family, and what it holds for that. */
interface Face {
  readonly address: SocketAddress;
  give(): void;
}

function reserve(
  ports: PortTable,
  { address, family, port }: SocketAddress,
): ReturnType<PortTable["reserve"]> {
  try {
    return ports.reserve(new SocketAddress({ address, family, port }));
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== "address-in-use") throw error;
    return ports.reserve(new SocketAddress({ address, family, port: 0 }));
  }
}
