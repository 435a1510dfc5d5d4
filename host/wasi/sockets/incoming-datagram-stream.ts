import type { SocketAddress } from "node:net";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { IncomingDatagram } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-udp";
import type { Datagram } from "../../network/udp.ts";
import type { Guest } from "../guest.ts";
import type { Pollable } from "../io/pollable.ts";
import { fromSocketAddress } from "./address.ts";
import { answer } from "./answer.ts";
import { DatagramStream, type StreamPart } from "./datagram-stream.ts";

/** Datagrams that one `receive` returns at most, so that a guest asks for what it has the memory for. */
export const RECEIVE_MAX = 64;

/** `wasi:sockets/udp.incoming-datagram-stream` */
export class IncomingDatagramStream extends DatagramStream {
  #lastRemote: SocketAddress | undefined;
  #lastFrom: IpSocketAddress | undefined;

  constructor(guest: Guest, part: StreamPart) {
    super(guest, part, "incoming");
  }

  receive(maxResults: bigint): IncomingDatagram[] {
    return answer(() =>
      this.take(maxResults).map(({ data, remote }) => {
        return { data, remoteAddress: this.toFrom(remote) };
      }),
    );
  }

  override subscribe(): Pollable {
    return super.subscribe();
  }

  /**
   * What waits, at most `max` and `RECEIVE_MAX` datagrams.
   * Throws the `SocketError` that became known of an earlier datagram, where none waits.
   */
  take(max: bigint): Datagram[] {
    const { carrier } = this;
    const datagrams: Datagram[] = [];
    const most = max < RECEIVE_MAX ? Number(max) : RECEIVE_MAX;
    // Where something was received, an error waits for the next call, which it leaves nothing else for.
    while (datagrams.length < most && (datagrams.length === 0 || carrier.hasPending)) {
      const datagram = carrier.receive();
      if (datagram === undefined) break;
      datagrams.push(datagram);
    }
    return datagrams;
  }

  /** A sender as the guest's `ip-socket-address`. */
  toFrom(remote: SocketAddress): IpSocketAddress {
    if (this.#lastFrom === undefined || this.#lastRemote !== remote) {
      this.#lastFrom = fromSocketAddress(remote);
      this.#lastRemote = remote;
    }
    return this.#lastFrom;
  }
}
