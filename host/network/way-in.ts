import type { SocketAddress } from "node:net";
import type { Connection } from "./network.ts";
import type { WaitList } from "./wait-list.ts";

/**
 * The way into one workload's virtual network for those outside of it: forwards, tunnels and the ingress.
 * It stays the same object across restarts and replacements of the workload, and leads to whatever serves now.
 */
export interface WayIn {
  /** Whether the workload is gone for good: nothing can be reached through it any more. */
  readonly closed: boolean;
  /**
   * Why nothing comes to listen by itself, such as `the workload is in error: …`, where nobody is about to start it
   * either; undefined while something may. Whoever would wait for a listener need not.
   */
  readonly atRest: string | undefined;
  /** Whether something listens on `port` now. */
  isListening(protocol: "tcp" | "udp", port: number): boolean;
  /** Notified when a listener opened or closed, when the workload can be reached again, and when `closed` or `atRest` changes. */
  readonly whenChanged: WaitList;
  /**
   * Connects to what listens on `port` of the workload's loopback, IPv4 or IPv6. The guest sees `remote` as its peer.
   * Rejects with `SocketError`: `connection-refused` where nothing listens or the workload does not run now,
   * `timeout`, `connection-reset`; or with the signal's reason.
   * It waits for the guest to accept: until then nobody heard of the connection, and a refusal can be answered by another try.
   */
  connect(
    port: number,
    options: { readonly remote: SocketAddress; readonly signal: AbortSignal },
  ): Promise<Connection>;
  /**
   * A flow of datagrams between `remote` outside and `port` inside. It never waits: what cannot be taken is dropped.
   * Throws `SocketError` (`connection-refused`) where the workload does not run now.
   */
  openFlow(port: number, options: FlowOptions): DatagramFlow;
}

export interface FlowOptions {
  readonly remote: SocketAddress;
  /** A datagram from the guest to `remote`. */
  readonly onDatagram: (bytes: Uint8Array) => void;
  /** The flow ended from the inside; because of `failure`, where it could not be opened there. */
  readonly onClose: (failure?: Error) => void;
}

export interface DatagramFlow extends Disposable {
  /** Hands a datagram to the guest; false where it was dropped. */
  send(bytes: Uint8Array): boolean;
}
