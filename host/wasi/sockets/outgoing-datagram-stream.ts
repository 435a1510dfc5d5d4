import type { SocketAddress } from "node:net";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { OutgoingDatagram } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-udp";
import { SocketError } from "../../network/error.ts";
import { checkBytes, checkUnsigned } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import type { Pollable } from "../io/pollable.ts";
import { toSocketAddress } from "./address.ts";
import { checkDatagramAddress } from "./address-check.ts";
import { answer } from "./answer.ts";
import { DatagramStream, type StreamPart } from "./datagram-stream.ts";

/** `wasi:sockets/udp.outgoing-datagram-stream` */
export class OutgoingDatagramStream extends DatagramStream {
  /** Datagrams that the last `check-send` permitted. */
  #permitted = 0;
  #lastAddress: IpSocketAddress | undefined;
  #lastRemote: SocketAddress | undefined;

  constructor(guest: Guest, part: StreamPart) {
    super(guest, part, "outgoing");
  }

  checkSend(): bigint {
    return answer(() => BigInt(this.permitSend()));
  }

  send(datagrams: OutgoingDatagram[]): bigint {
    return answer(() => {
      const at = (index: number): OutgoingDatagram => {
        const { data, remoteAddress } = datagrams[index] ?? { data: NOTHING };
        checkBytes(data);
        return remoteAddress === undefined ? { data } : { data, remoteAddress };
      };
      return BigInt(this.sendEach(checkUnsigned(datagrams.length, 32), at));
    });
  }

  override subscribe(): Pollable {
    return super.subscribe();
  }

  /** `check-send`, which throws a `SocketError` where it fails. */
  permitSend(): number {
    this.#permitted = this.carrier.capacity;
    return this.#permitted;
  }

  /**
   * Sends as many of `count` datagrams as go out now and returns how many that were; throws a `SocketError` where the first does not.
   * WIT: "Implementations must trap if either `check-send` was not called or `datagrams` contains more items than
   * `check-send` permitted", which a `RangeError` does.
   */
  sendEach(count: number, at: (index: number) => OutgoingDatagram): number {
    const { carrier } = this;
    // WIT: "If the input list is empty, the function returns `ok(0)`."
    if (count === 0) return 0;
    if (count > this.#permitted) {
      throw new RangeError(
        `Cannot send ${count} datagrams: check-send permitted ${this.#permitted}`,
      );
    }
    this.#permitted = 0;
    let sent = 0;
    try {
      while (sent < count && carrier.capacity > 0) {
        const { data, remoteAddress } = at(sent);
        carrier.send(data, remoteAddress && this.#toRemote(remoteAddress));
        sent += 1;
      }
    } catch (error) {
      // WIT: "If at least one datagram has been sent successfully, this function never returns an error."
      if (sent === 0 || !(error instanceof SocketError)) throw error;
    }
    return sent;
  }

  /** The same object for the same address as before, since most datagrams go where the one before went. */
  #toRemote(address: IpSocketAddress): SocketAddress {
    const isLast = this.#lastAddress !== undefined && isSameAddress(address, this.#lastAddress);
    if (isLast && this.#lastRemote !== undefined) return this.#lastRemote;
    checkDatagramAddress(this.family, address);
    const remote = toSocketAddress(address);
    this.#lastAddress = address;
    this.#lastRemote = remote;
    return remote;
  }
}

const NOTHING = new Uint8Array();

function isSameAddress(a: IpSocketAddress, b: IpSocketAddress): boolean {
  if (a.tag !== b.tag || a.val.port !== b.val.port) return false;
  const parts = b.val.address;
  return a.val.address.every((part, index) => part === parts[index]);
}
