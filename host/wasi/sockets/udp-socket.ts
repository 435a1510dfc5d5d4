import type {
  IpAddressFamily,
  IpSocketAddress,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Resource } from "../resource.ts";
import { fromSocketAddress } from "./address.ts";
import { answer } from "./answer.ts";
import { IncomingDatagramStream } from "./incoming-datagram-stream.ts";
import type { Network } from "./network.ts";
import { OutgoingDatagramStream } from "./outgoing-datagram-stream.ts";
import type { SocketQuota } from "./socket-quota.ts";
import { UdpEndpoint } from "./udp-endpoint.ts";
import type { UdpSettings } from "./udp-settings.ts";

/**
 * `wasi:sockets/udp.udp-socket`. A failing function throws a `GuestError` whose payload is the WIT error-code.
 * It can be dropped before or after its streams: the port is free when the last of them is gone.
 */
export class UdpSocket extends Resource {
  readonly #endpoint: UdpEndpoint;
  readonly #quota: SocketQuota;

  /** Takes a place in `quota` until it is dropped; throws the `SocketError` `new-socket-limit` where there is none. */
  constructor(guest: Guest, quota: SocketQuota, family: IpAddressFamily) {
    quota.acquire();
    super(guest);
    this.#quota = quota;
    this.#endpoint = new UdpEndpoint(guest, family);
    this.#endpoint.hold();
  }

  startBind(_network: Network, localAddress: IpSocketAddress): void {
    answer(() => this.#endpoint.startBind(localAddress));
  }

  finishBind(): void {
    answer(() => this.#endpoint.finishBind());
  }

  stream(
    remoteAddress: IpSocketAddress | undefined,
  ): [IncomingDatagramStream, OutgoingDatagramStream] {
    const endpoint = this.#endpoint;
    const part = { endpoint, number: answer(() => endpoint.stream(remoteAddress)) };
    return [
      new IncomingDatagramStream(this.guest, part),
      new OutgoingDatagramStream(this.guest, part),
    ];
  }

  localAddress(): IpSocketAddress {
    return answer(() => fromSocketAddress(this.#endpoint.localAddress));
  }

  remoteAddress(): IpSocketAddress {
    return answer(() => fromSocketAddress(this.#endpoint.remoteAddress));
  }

  addressFamily(): IpAddressFamily {
    return this.#endpoint.family;
  }

  unicastHopLimit(): number {
    return this.#endpoint.settings.hopLimit;
  }
  setUnicastHopLimit(value: number): void {
    this.#set((settings) => (settings.hopLimit = value));
  }

  receiveBufferSize(): bigint {
    return this.#endpoint.settings.receiveBufferSize;
  }
  setReceiveBufferSize(value: bigint): void {
    this.#set((settings) => (settings.receiveBufferSize = value));
  }

  sendBufferSize(): bigint {
    return this.#endpoint.settings.sendBufferSize;
  }
  setSendBufferSize(value: bigint): void {
    this.#set((settings) => (settings.sendBufferSize = value));
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.#endpoint);
  }

  protected override drop(): void {
    this.#endpoint.release();
    this.#quota.release();
  }

  #set(change: (settings: UdpSettings) => unknown): void {
    answer(() => {
      change(this.#endpoint.settings);
      this.#endpoint.applySettings();
    });
  }
}
