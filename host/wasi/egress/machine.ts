import { networkInterfaces } from "node:os";
import type { Protocol } from "../../../policy/policy.ts";

/** Milliseconds after which the addresses of the machine are read again. */
const REFRESH = 5_000;

/** What a cell knows of the machine that it must not give away: its addresses, and the ports that the host itself has. */
export class Machine {
  readonly #readAddresses: () => ReadonlySet<string>;
  #addresses: ReadonlySet<string> = new Set();
  #readAt = -Infinity;
  #ports: Readonly<Record<Protocol, ReadonlySet<number>>> | undefined;

  /** `readAddresses` replaces the operating system's answer; it is asked at most every few seconds. */
  constructor(readAddresses: () => ReadonlySet<string> = readOwnAddresses) {
    this.#readAddresses = readAddresses;
  }

  /** Whether an interface of the machine has the address, in the spelling of `SocketAddress`. */
  isOwnAddress(address: string): boolean {
    const now = performance.now();
    if (now - this.#readAt > REFRESH) {
      this.#addresses = this.#readAddresses();
      this.#readAt = now;
    }
    return this.#addresses.has(address);
  }

  /** Whether the host itself listens on the port: any could be the host's until it said which are. */
  isOwnPort(protocol: Protocol, port: number): boolean {
    return this.#ports?.[protocol].has(port) ?? true;
  }

  /** Replaces what is known of the host's own ports. */
  setOwnPorts(ports: OwnPorts): void {
    this.#ports = { tcp: new Set(ports.tcp), udp: new Set(ports.udp) };
  }
}

/** The ports of the machine that this host itself listens on: ingress, API, forwards. A value that can be cloned. */
export type OwnPorts = Readonly<Record<Protocol, readonly number[]>>;

export const NO_OWN_PORTS: OwnPorts = { tcp: [], udp: [] };

function readOwnAddresses(): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  // What the system writes is the canonical spelling; a zone is no part of it.
  return new Set(addresses.map(({ address }) => address.split("%", 1)[0] ?? address));
}
