import type {
  IpAddressFamily,
  IpSocketAddress,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { ShutdownType } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-tcp";
import { SocketError } from "../../network/error.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Resource } from "../resource.ts";
import { fromSocketAddress } from "./address.ts";
import { answer } from "./answer.ts";
import type { Network } from "./network.ts";
import { SharedConnection } from "./shared-connection.ts";
import type { SocketQuota } from "./socket-quota.ts";
import { TcpEndpoint } from "./tcp-endpoint.ts";
import type { TcpSettings } from "./tcp-settings.ts";
import { TcpInputStream, TcpOutputStream } from "./tcp-streams.ts";

/** What `accept` returns. */
export type Accepted = [TcpSocket, TcpInputStream, TcpOutputStream];

/**
 * `wasi:sockets/tcp.tcp-socket`. A failing function throws a `GuestError` whose payload is the WIT error-code.
 *
 * "A socket resource can be dropped in any state", before or after its streams: the connection closes with the last
 * of the three. A socket that goes down with its guest resets it.
 */
export class TcpSocket extends Resource {
  /** The state machine, for the fast path. */
  readonly endpoint: TcpEndpoint;
  readonly #quota: SocketQuota;

  /** Takes a place in `quota` until it is dropped; throws the `SocketError` `new-socket-limit` where there is none. */
  constructor(guest: Guest, quota: SocketQuota, endpoint: TcpEndpoint) {
    quota.acquire();
    super(guest);
    this.#quota = quota;
    this.endpoint = endpoint;
  }

  startBind(_network: Network, localAddress: IpSocketAddress): void {
    answer(() => this.endpoint.startBind(localAddress));
  }

  finishBind(): void {
    answer(() => this.endpoint.finishBind());
  }

  startConnect(_network: Network, remoteAddress: IpSocketAddress): void {
    answer(() => this.endpoint.startConnect(remoteAddress));
  }

  finishConnect(): [TcpInputStream, TcpOutputStream] {
    return answer(() => this.connectedStreams());
  }

  startListen(): void {
    answer(() => this.endpoint.startListen());
  }

  finishListen(): void {
    answer(() => this.endpoint.finishListen());
  }

  accept(): Accepted {
    return answer(() => {
      const accepted = this.tryAccept();
      // WIT: "No pending connections at the moment."
      if (accepted === undefined) throw new SocketError("would-block", "No connection waits");
      return accepted;
    });
  }

  localAddress(): IpSocketAddress {
    return answer(() => fromSocketAddress(this.endpoint.localAddress));
  }

  remoteAddress(): IpSocketAddress {
    return answer(() => fromSocketAddress(this.endpoint.remoteAddress));
  }

  isListening(): boolean {
    return this.endpoint.state.tag === "listening";
  }

  addressFamily(): IpAddressFamily {
    return this.endpoint.family;
  }

  setListenBacklogSize(value: bigint): void {
    answer(() => this.endpoint.setListenBacklogSize(value));
  }

  keepAliveEnabled(): boolean {
    return this.endpoint.settings.keepAliveEnabled;
  }
  setKeepAliveEnabled(value: boolean): void {
    this.#set((settings) => (settings.keepAliveEnabled = value));
  }

  keepAliveIdleTime(): bigint {
    return this.endpoint.settings.keepAliveIdleTime;
  }
  setKeepAliveIdleTime(value: bigint): void {
    this.#set((settings) => (settings.keepAliveIdleTime = value));
  }

  keepAliveInterval(): bigint {
    return this.endpoint.settings.keepAliveInterval;
  }
  setKeepAliveInterval(value: bigint): void {
    this.#set((settings) => (settings.keepAliveInterval = value));
  }

  keepAliveCount(): number {
    return this.endpoint.settings.keepAliveCount;
  }
  setKeepAliveCount(value: number): void {
    this.#set((settings) => (settings.keepAliveCount = value));
  }

  hopLimit(): number {
    return this.endpoint.settings.hopLimit;
  }
  setHopLimit(value: number): void {
    this.#set((settings) => (settings.hopLimit = value));
  }

  receiveBufferSize(): bigint {
    return this.endpoint.settings.receiveBufferSize;
  }
  setReceiveBufferSize(value: bigint): void {
    this.#set((settings) => (settings.receiveBufferSize = value));
  }

  sendBufferSize(): bigint {
    return this.endpoint.settings.sendBufferSize;
  }
  setSendBufferSize(value: bigint): void {
    this.#set((settings) => (settings.sendBufferSize = value));
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.endpoint);
  }

  shutdown(shutdownType: ShutdownType): void {
    answer(() => this.endpoint.shutdown(shutdownType !== "send", shutdownType !== "receive"));
  }

  /** The streams of a connect that succeeded; throws the `SocketError` of one that did not, or not yet. */
  connectedStreams(): [TcpInputStream, TcpOutputStream] {
    const shared = this.endpoint.finishConnect();
    return [new TcpInputStream(this.guest, shared), new TcpOutputStream(this.guest, shared)];
  }

  /**
   * Accepts a connection, or returns undefined where none waits. Throws a `SocketError`;
   * with `new-socket-limit` the connection keeps its place in the queue.
   */
  tryAccept(): Accepted | undefined {
    const { endpoint, guest } = this;
    this.#quota.checkRoom();
    const connection = endpoint.accept();
    if (connection === undefined) return undefined;
    const shared = new SharedConnection(connection, undefined);
    return [
      new TcpSocket(guest, this.#quota, TcpEndpoint.accepted(guest, endpoint, shared)),
      new TcpInputStream(guest, shared),
      new TcpOutputStream(guest, shared),
    ];
  }

  protected override drop(): void {
    const { state } = this.endpoint;
    if (state.tag === "connected" && this.guest.disposed) state.shared.connection.reset();
    this.endpoint[Symbol.dispose]();
    this.#quota.release();
  }

  #set(change: (settings: TcpSettings) => unknown): void {
    answer(() => {
      change(this.endpoint.settings);
      this.endpoint.applySettings();
    });
  }
}
