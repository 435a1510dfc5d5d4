import { SocketAddress } from "node:net";
import { EPHEMERAL_COUNT, isEphemeral, nextEphemeral, randomEphemeral } from "../ephemeral-port.ts";
import { SocketError } from "../error.ts";
import type { PortReservation } from "../network.ts";
import { exhausted, NO_QUOTA, type NetworkQuota } from "../quota.ts";
import { toText } from "../socket-address.ts";
import { TurnoverMap } from "../turnover.ts";

/**
 * Who holds which local port of one network and protocol.
 * A key is (family, address, port) exactly: the same port of 127.0.0.1, 127.0.0.2 and ::1 has three owners,
 * and there is no unspecified address here. An address without a held port takes no memory.
 * A held port is a `socket` of the quota.
 */
export class PortTable implements Disposable {
  readonly #addresses = new Map<string, AddressPorts>();
  readonly #quota: NetworkQuota;
  #next: number;
  #size = 0;

  /** `firstEphemeral` is where the search for a free ephemeral port begins; it goes round from there. */
  constructor(quota: NetworkQuota = NO_QUOTA, firstEphemeral: number = randomEphemeral()) {
    this.#quota = quota;
    this.#next = firstEphemeral;
  }

  /** Ports that are held now. */
  get size(): number {
    return this.#size;
  }

  /**
   * Holds `local` for the caller until the reservation is disposed; port 0 picks an ephemeral port.
   * Errors: `address-not-bindable` outside of loopback, `address-in-use` for a held port or where none is left,
   * `new-socket-limit`.
   */
  reserve(local: SocketAddress): PortReservation {
    if (!isLoopback(local)) {
      throw new SocketError(
        "address-not-bindable",
        `Cannot bind ${toText(local)}: the network has loopback addresses only`,
      );
    }
    const holders = this.#addresses.get(local.address) ?? {
      ports: new TurnoverMap(),
      ephemeral: 0,
    };
    const address = local.port === 0 ? this.#toEphemeral(local, holders) : local;
    if (holders.ports.has(address.port)) {
      throw new SocketError(
        "address-in-use",
        `Cannot bind ${toText(local)}: the port is already bound`,
      );
    }
    return this.#hold(address, holders);
  }

  /**
   * Moves what `reservation` holds to a new owner; the old object holds nothing from then on,
   * so disposing it, even late, is harmless. Error: `invalid-state` if it holds nothing of this table.
   */
  transfer(reservation: PortReservation): PortReservation {
    const { local } = reservation;
    const holders = this.#addresses.get(local.address);
    if (holders?.ports.get(local.port) !== reservation) {
      throw new SocketError(
        "invalid-state",
        `Cannot use the reservation of ${toText(local)}: it holds the port no longer`,
      );
    }
    const moved = new HeldPort(local, this.#release);
    holders.ports.set(local.port, moved);
    return moved;
  }

  /** Frees every port. */
  [Symbol.dispose](): void {
    this.#addresses.clear();
    this.#quota.release("socket", this.#size);
    this.#size = 0;
  }

  #toEphemeral(local: SocketAddress, holders: AddressPorts): SocketAddress {
    if (holders.ephemeral === EPHEMERAL_COUNT) {
      throw new SocketError(
        "address-in-use",
        `Cannot bind ${toText(local)}: no ephemeral port is left`,
      );
    }
    let port = this.#next;
    while (holders.ports.has(port)) port = nextEphemeral(port);
    this.#next = nextEphemeral(port);
    return new SocketAddress({ address: local.address, family: local.family, port });
  }

  #hold(local: SocketAddress, holders: AddressPorts): PortReservation {
    if (!this.#quota.acquire("socket", 1)) throw exhausted("socket", `bind ${toText(local)}`);
    const reservation = new HeldPort(local, this.#release);
    if (holders.ports.size === 0) this.#addresses.set(local.address, holders);
    holders.ports.set(local.port, reservation);
    if (isEphemeral(local.port)) holders.ephemeral += 1;
    this.#size += 1;
    return reservation;
  }

  /** Frees the port only for the owner of today: an older reservation of the same port changes nothing. */
  readonly #release = (reservation: HeldPort): void => {
    const { local } = reservation;
    const holders = this.#addresses.get(local.address);
    if (holders?.ports.get(local.port) !== reservation) return;
    holders.ports.delete(local.port);
    if (isEphemeral(local.port)) holders.ephemeral -= 1;
    if (holders.ports.size === 0) this.#addresses.delete(local.address);
    this.#size -= 1;
    this.#quota.release("socket", 1);
  };
}

/** Whether `address` is one that the virtual network has: 127.0.0.0/8 or ::1. */
export function isLoopback(address: SocketAddress): boolean {
  return address.family === "ipv4" ? address.address.startsWith("127.") : address.address === "::1";
}

/** The held ports of one address. */
interface AddressPorts {
  readonly ports: TurnoverMap<number, PortReservation>;
  /** How many of them are ephemeral, so that a full range is known without a search. */
  ephemeral: number;
}

class HeldPort implements PortReservation {
  readonly local: SocketAddress;
  readonly #release: (reservation: HeldPort) => void;

  constructor(local: SocketAddress, release: (reservation: HeldPort) => void) {
    this.local = local;
    this.#release = release;
  }

  [Symbol.dispose](): void {
    this.#release(this);
  }
}
