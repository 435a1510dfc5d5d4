import { BoundSocket, SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import type { PortReservation } from "../network.ts";
import { exhausted, NO_QUOTA, type NetworkQuota } from "../quota.ts";
import { toText } from "../socket-address.ts";
import { toSocketError } from "./errno.ts";

/**
 * The local ports that one network bound at the operating system.
 * A reservation is a bound socket that is kept and later listens or connects itself: no port is probed, closed
 * and bound again. The table is needed beside it because bound sockets that do not listen yet may share
 * a port on Linux (node:net sets SO_REUSEADDR); a stranger's clash of that kind shows when listening.
 * A held port is a `socket` of the quota.
 */
export class PortTable implements Disposable {
  readonly #held = new Map<string, HeldPort>();
  readonly #quota: NetworkQuota;

  constructor(quota: NetworkQuota = NO_QUOTA) {
    this.#quota = quota;
  }

  /** Ports that are held now. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Binds `local` for the caller until the reservation is disposed; port 0 lets the operating system choose.
   * Errors: `address-in-use`, `address-not-bindable`, `access-denied`, `new-socket-limit`.
   */
  reserve(local: SocketAddress): PortReservation {
    const socket = bind(local);
    const { port } = socket.address();
    const address = new SocketAddress({ address: local.address, family: local.family, port });
    const key = toText(address);
    if (this.#held.has(key)) {
      socket.close();
      throw new SocketError("address-in-use", `Cannot bind ${key}: the port is already bound`);
    }
    if (!this.#quota.acquire("socket", 1)) {
      socket.close();
      throw exhausted("socket", `bind ${key}`);
    }
    const reservation = new HeldPort(address, socket, this.#release);
    this.#held.set(key, reservation);
    return reservation;
  }

  /**
   * Moves what `reservation` holds to a new owner; the old object holds nothing from then on,
   * so disposing it, even late, is harmless. Error: `invalid-state` if it holds nothing of this table.
   */
  transfer(reservation: PortReservation): HeldPort {
    const key = toText(reservation.local);
    const held = this.#held.get(key);
    if (held === undefined || held !== reservation) {
      throw new SocketError(
        "invalid-state",
        `Cannot use the reservation of ${key}: it holds the port no longer`,
      );
    }
    const moved = new HeldPort(held.local, held.socket, this.#release);
    this.#held.set(key, moved);
    return moved;
  }

  /** Frees every port that was not handed to a listener or a connection. */
  [Symbol.dispose](): void {
    for (const held of this.#held.values()) held[Symbol.dispose]();
  }

  /** Frees the port only for the owner of today: an older reservation of the same port changes nothing. */
  readonly #release = (reservation: HeldPort): void => {
    const key = toText(reservation.local);
    if (this.#held.get(key) !== reservation) return;
    this.#held.delete(key);
    this.#quota.release("socket", 1);
    reservation.socket[Symbol.dispose]();
  };
}

/** A port and its socket. Disposing it closes the socket, unless a server or a connection adopted that. */
export class HeldPort implements PortReservation {
  readonly local: SocketAddress;
  readonly socket: BoundSocket;
  readonly #release: (reservation: HeldPort) => void;

  constructor(local: SocketAddress, socket: BoundSocket, release: (reservation: HeldPort) => void) {
    this.local = local;
    this.socket = socket;
    this.#release = release;
  }

  [Symbol.dispose](): void {
    this.#release(this);
  }
}

function bind(local: SocketAddress): BoundSocket {
  const { address: host, family, port } = local;
  try {
    return new BoundSocket({ host, port, ipv6Only: family === "ipv6" });
  } catch (error) {
    throw toSocketError(error, `bind ${toText(local)}`);
  }
}
