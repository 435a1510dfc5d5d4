import type { SocketAddress } from "node:net";
import type { Connection, PortReservation } from "../../network/network.ts";

/**
 * A connection with its three holders: the `tcp-socket` and its two streams.
 * The guest drops them in any order, and the connection lives until the last is gone.
 */
export class SharedConnection {
  readonly connection: Connection;
  /** The peer by the address that the guest knows it by, which may stand for another one. */
  readonly remote: SocketAddress;
  readonly #reservation: PortReservation | undefined;
  #holders = 3;

  /** Takes over `connection`, and `reservation` where the guest bound the socket itself. */
  constructor(
    connection: Connection,
    reservation: PortReservation | undefined,
    remote: SocketAddress = connection.remote,
  ) {
    this.connection = connection;
    this.remote = remote;
    this.#reservation = reservation;
  }

  /** One holder is gone. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.connection[Symbol.dispose]();
    this.#reservation?.[Symbol.dispose]();
  }
}
