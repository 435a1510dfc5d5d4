import { SocketAddress } from "node:net";
import { SocketError } from "../../network/error.ts";
import { isSame, toText } from "../../network/socket-address.ts";
import type { Datagram, UdpNetwork, UdpSocket } from "../../network/udp.ts";
import type { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { EitherWaitList } from "./either-wait-list.ts";
import { type Permit, permit } from "./permit.ts";
import { UdpPermission } from "./udp-permission.ts";
import type { UdpSettings } from "./udp-settings.ts";

/** Addresses that go by another name than their own; the host's loopback is the only such place, so there are few. */
const ALIASES_MAX = 64;

/** What a carrier is made of. */
export interface UdpCarrierOptions {
  readonly guest: Guest;
  /** The guest's socket on the workload's network; the carrier owns it. */
  readonly virtual: UdpSocket;
  /** Whether the guest bound the unspecified address, so that datagrams may also leave the workload. */
  readonly isUnspecified: boolean;
  readonly settings: UdpSettings;
}

/**
 * What carries the datagrams of one bound `udp-socket`: a socket of the workload's own network and, from the first
 * datagram on that leaves the workload, one of the machine's, which admits replies only. It asks policy before each
 * destination. The guest sees one socket, at one address.
 */
export class UdpCarrier implements Disposable {
  readonly #guest: Guest;
  readonly #virtual: UdpSocket;
  readonly #isUnspecified: boolean;
  readonly #settings: UdpSettings;
  readonly #permission: UdpPermission;
  readonly #aliases = new Map<string, SocketAddress>();
  #real: UdpSocket | undefined;
  /** The sockets that datagrams come from and go to. */
  #active: readonly UdpSocket[];
  #whenReadable: WaitList;
  #whenWritable: WaitList;
  #peer: Peer | undefined;
  #isRealsTurn = false;

  constructor({ guest, virtual, isUnspecified, settings }: UdpCarrierOptions) {
    this.#guest = guest;
    this.#virtual = virtual;
    this.#isUnspecified = isUnspecified;
    this.#settings = settings;
    this.#permission = new UdpPermission(guest);
    this.#active = [virtual];
    this.#whenReadable = virtual.whenReadable;
    this.#whenWritable = virtual.whenWritable;
  }

  /**
   * What the guest bound; once it is connected within the workload, the address it is reached at from there.
   * The machine's own address and port are none of its business.
   */
  get local(): SocketAddress {
    const { local } = this.#virtual;
    if (!this.#isUnspecified || this.#peer?.plane === "virtual") return local;
    const address = local.family === "ipv4" ? "0.0.0.0" : "::";
    return new SocketAddress({ address, family: local.family, port: local.port });
  }

  /** The only address that the guest exchanges datagrams with, as it named it; undefined where there are many. */
  get remote(): SocketAddress | undefined {
    return this.#peer?.remote;
  }

  /** Whether `receive` has a datagram or an error. */
  get isReadable(): boolean {
    for (const { pending, failure } of this.#active) {
      if (pending > 0 || failure !== undefined) return true;
    }
    return false;
  }

  /** Whether `receive` has a datagram. */
  get hasPending(): boolean {
    for (const { pending } of this.#active) if (pending > 0) return true;
    return false;
  }

  get whenReadable(): WaitList {
    return this.#whenReadable;
  }

  /** Datagrams that `send` takes now, wherever they go. */
  get capacity(): number {
    let least = Infinity;
    for (const { capacity } of this.#active) least = Math.min(least, capacity);
    return least;
  }

  /** Whether `send` takes a datagram or has an error. */
  get isWritable(): boolean {
    return this.capacity > 0 || this.#active.some(({ failure }) => failure !== undefined);
  }

  get whenWritable(): WaitList {
    return this.#whenWritable;
  }

  /**
   * Limits the guest to one peer, or opens it to all where `remote` is undefined. What waits from others is dropped.
   * Where it fails for another reason than policy, the guest is connected to nobody.
   */
  connect(remote: SocketAddress | undefined): void {
    const permitted = remote === undefined ? undefined : this.#permit(remote);
    if (this.#peer?.plane === "real" || permitted?.plane === "real") discard(this.#virtual);
    this.#disconnect();
    if (remote === undefined || permitted === undefined) return;
    if (permitted.plane === "virtual") {
      this.#closeReal();
      this.#virtual.connect(permitted.address);
    } else {
      const real = this.#openReal(permitted.network, permitted.address);
      real.connect(permitted.address);
      this.#remember(permitted.address, remote);
      this.#active = [real];
    }
    this.#peer = { plane: permitted.plane, remote };
  }

  /** Sends to `remote`, or to the peer where there is one. `capacity` comes first. */
  send(data: Uint8Array, remote: SocketAddress | undefined): void {
    const peer = this.#peer;
    if (peer !== undefined) {
      // WIT: "`remote-address` is `some` value that does not match the address passed to `stream`. (EISCONN)"
      if (remote !== undefined && !isSame(remote, peer.remote)) {
        throw invalid(
          `send to ${toText(remote)}`,
          `the socket is connected to ${toText(peer.remote)}`,
        );
      }
      if (peer.plane === "virtual") this.#virtual.send(data);
      else this.#real?.send(data);
      return;
    }
    // WIT: "The socket is not "connected" and no value for `remote-address` was provided. (EDESTADDRREQ)"
    if (remote === undefined)
      throw invalid("send", "the socket is not connected and no address is given");
    const permitted = this.#answers(remote) ?? this.#permission.of(remote);
    if (permitted.plane === "virtual") {
      this.#virtual.send(data, permitted.address);
      return;
    }
    const { address, network } = permitted;
    this.#openReal(network, address).send(data, address);
    this.#remember(address, remote);
  }

  /** The next datagram, from either network, or undefined where none waits. Throws what became known of earlier ones. */
  receive(): Datagram | undefined {
    const peer = this.#peer;
    const real = this.#real;
    if (real === undefined || peer?.plane === "virtual") return this.#virtual.receive();
    if (peer !== undefined) return toSender(real.receive(), peer.remote);
    // In turns, so that a flood on one network does not drown what comes from the other.
    this.#isRealsTurn = !this.#isRealsTurn;
    const isVirtualNext = this.#virtual.pending > 0 && !(this.#isRealsTurn && real.pending > 0);
    if (isVirtualNext) return this.#virtual.receive();
    const datagram = real.receive();
    return datagram && toSender(datagram, this.#aliases.get(toText(datagram.remote)));
  }

  /** Puts changed settings into force. */
  configure(): void {
    const options = this.#settings.toUdpOptions();
    this.#virtual.configure(options);
    this.#real?.configure(options);
  }

  [Symbol.dispose](): void {
    this.#virtual[Symbol.dispose]();
    this.#real?.[Symbol.dispose]();
  }

  #permit(remote: SocketAddress): Permit {
    return this.#answers(remote) ?? permit(this.#guest, "udp-send", remote);
  }

  /** Whoever was let in from outside may be answered: that is no way out, since it ends with the visit. */
  #answers(remote: SocketAddress): Permit | undefined {
    return this.#virtual.hasVisitor?.(remote) === true
      ? { plane: "virtual", address: remote }
      : undefined;
  }

  #disconnect(): void {
    this.#peer = undefined;
    this.#virtual.disconnect();
    this.#real?.disconnect();
    this.#active = this.#real === undefined ? [this.#virtual] : [this.#virtual, this.#real];
  }

  #openReal(network: UdpNetwork, remote: SocketAddress): UdpSocket {
    if (this.#real !== undefined) return this.#real;
    const { family } = remote;
    if (!this.#isUnspecified) {
      throw new SocketError(
        "remote-unreachable",
        `Cannot send to ${toText(remote)}: the socket is bound to ${toText(this.#virtual.local)}`,
      );
    }
    const local = new SocketAddress({ address: family === "ipv4" ? "0.0.0.0" : "::", family });
    const real = network.bindUdp(local, { udp: this.#settings.toUdpOptions(), admit: "replies" });
    this.#real = real;
    this.#active = [this.#virtual, real];
    this.#whenReadable = new EitherWaitList(this.#virtual.whenReadable, real.whenReadable);
    this.#whenWritable = new EitherWaitList(this.#virtual.whenWritable, real.whenWritable);
    return real;
  }

  #closeReal(): void {
    this.#real?.[Symbol.dispose]();
    this.#real = undefined;
    this.#active = [this.#virtual];
    this.#aliases.clear();
    this.#whenReadable = this.#virtual.whenReadable;
    this.#whenWritable = this.#virtual.whenWritable;
  }

  /** Policy sent what was meant for `remote` to `address`: what comes from there comes from `remote` to the guest. */
  #remember(address: SocketAddress, remote: SocketAddress): void {
    if (isSame(address, remote)) return;
    const key = toText(address);
    this.#aliases.delete(key);
    this.#aliases.set(key, remote);
    if (this.#aliases.size <= ALIASES_MAX) return;
    const [oldest] = this.#aliases.keys();
    if (oldest !== undefined) this.#aliases.delete(oldest);
  }
}

/** Whom a guest is connected to, as it named it, and where that is. */
interface Peer {
  readonly plane: "virtual" | "real";
  readonly remote: SocketAddress;
}

/** The datagram with the sender that the guest knows, where it goes by another name. */
function toSender(
  datagram: Datagram | undefined,
  name: SocketAddress | undefined,
): Datagram | undefined {
  return datagram === undefined || name === undefined
    ? datagram
    : { data: datagram.data, remote: name };
}

function discard(socket: UdpSocket): void {
  while (socket.pending > 0) socket.receive();
}

function invalid(act: string, reason: string): SocketError {
  return new SocketError("invalid-argument", `Cannot ${act}: ${reason}`);
}
