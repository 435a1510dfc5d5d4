import type { SocketAddress } from "node:net";
import type { Guest } from "../guest.ts";
import { type Permit, permit } from "./permit.ts";

/** Milliseconds for which a permission to leave the workload holds for further datagrams to the same address. */
const LIFETIME = 1000;

/**
 * Asks policy about the destinations of datagrams. Most go where the one before went, and are not asked about again:
 * within the workload for good, since that depends on the address alone, outside of it for a moment.
 */
export class UdpPermission {
  readonly #guest: Guest;
  #remote: SocketAddress | undefined;
  #permit: Permit | undefined;
  #until = 0;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** As `permit`; `remote` is the same object for the same address as before, if it is to be remembered. */
  of(remote: SocketAddress): Permit {
    const last = this.#permit;
    if (last !== undefined && this.#remote === remote) {
      if (last.plane === "virtual" || performance.now() < this.#until) return last;
    }
    this.#permit = undefined;
    const permitted = permit(this.#guest, "udp-send", remote);
    this.#remote = remote;
    this.#permit = permitted;
    if (permitted.plane === "real") this.#until = performance.now() + LIFETIME;
    return permitted;
  }
}
