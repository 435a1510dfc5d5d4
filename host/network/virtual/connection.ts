import type { SocketAddress } from "node:net";
import type { ByteSink, ByteSource } from "../byte-stream.ts";
import { SocketError } from "../error.ts";
import type { Connection, TcpOptions } from "../network.ts";
import { toText } from "../socket-address.ts";
import { clampBufferSize } from "../tcp-options.ts";
import { ByteChannel } from "../byte-channel.ts";
import type { NetworkQuota } from "../quota.ts";
import type { RingPool } from "../ring-pool.ts";
import type { TurnoverList } from "../turnover.ts";

/** One end of a connection to be made. */
export interface EndOptions {
  readonly local: SocketAddress;
  readonly tcp: TcpOptions;
  /** What this end gives up when it is closed, such as its ephemeral port. */
  readonly owned?: Disposable | undefined;
}

/** What the connections of one network share. */
export interface ConnectionScope {
  /** The ends that nobody closed yet; an end adds and removes itself. */
  readonly open: TurnoverList<VirtualConnection>;
  readonly rings: RingPool;
  /** Gets a `connection` back for each end that is closed. */
  readonly quota: NetworkQuota;
}

/**
 * Creates both ends of a connection, as socketpair(2); each has one owner, who disposes it.
 * The caller took two of `connection` from the quota, which are theirs from then on.
 * A direction holds as many bytes as its sender may send and its receiver may receive, added up.
 */
export function connectionPair(
  first: EndOptions,
  second: EndOptions,
  scope: ConnectionScope,
): [VirtualConnection, VirtualConnection] {
  const outbound = new TcpChannel(limitOf(first.tcp, second.tcp), scope.rings);
  const inbound = new TcpChannel(limitOf(second.tcp, first.tcp), scope.rings);
  const a = new VirtualConnection(first, second, { source: inbound, sink: outbound }, scope);
  const b = new VirtualConnection(second, first, { source: outbound, sink: inbound }, scope);
  VirtualConnection.join(a, b);
  return [a, b];
}

/** An end of a connection that lives in this thread only; made by `connectionPair`. */
export class VirtualConnection implements Connection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #inbound: TcpChannel;
  readonly #outbound: TcpChannel;
  readonly #owned: Disposable | undefined;
  readonly #scope: ConnectionScope;
  #options: TcpOptions;
  /** Undefined once this end is closed. */
  #peer: VirtualConnection | undefined;
  /** Its place among those that are open. */
  #ticket = 0;

  constructor(
    { local, tcp, owned }: EndOptions,
    { local: remote }: EndOptions,
    { source, sink }: { readonly source: TcpChannel; readonly sink: TcpChannel },
    scope: ConnectionScope,
  ) {
    this.local = local;
    this.remote = remote;
    this.#options = tcp;
    this.#owned = owned;
    this.#inbound = source;
    this.#outbound = sink;
    this.#scope = scope;
  }

  /** Opens two ends that share their channels. */
  static join(a: VirtualConnection, b: VirtualConnection): void {
    a.#peer = b;
    b.#peer = a;
    a.#outbound.writer = a;
    b.#outbound.writer = b;
    a.#ticket = a.#scope.open.add(a);
    b.#ticket = b.#scope.open.add(b);
  }

  get source(): ByteSource {
    return this.#inbound;
  }

  get sink(): ByteSink {
    return this.#outbound;
  }

  configure(options: TcpOptions): void {
    this.#options = options;
    const peer = this.#peer;
    if (peer === undefined) return;
    this.#outbound.setLimit(limitOf(options, peer.#options));
    this.#inbound.setLimit(limitOf(peer.#options, options));
  }

  reset(): void {
    if (this.#peer === undefined) return;
    this.#close();
    const failure = new SocketError(
      "connection-reset",
      `The connection between ${toText(this.local)} and ${toText(this.remote)} was reset`,
    );
    this.#outbound.fail(failure);
    this.#inbound.fail(failure);
    this.#inbound.cancel();
  }

  [Symbol.dispose](): void {
    if (this.#peer === undefined) return;
    if (this.#inbound.hasUnread) {
      this.reset();
      return;
    }
    this.#close();
    this.#outbound.end();
    this.#inbound.cancel();
  }

  /** What this end owns is free before anybody is told, so that whoever hears of it may take it over. */
  #close(): void {
    this.#peer = undefined;
    this.#scope.open.delete(this.#ticket);
    this.#scope.quota.release("connection", 1);
    this.#owned?.[Symbol.dispose]();
  }
}

/** A direction of a connection. TCP cannot break one direction alone, so a writer who aborts resets both. */
class TcpChannel extends ByteChannel {
  writer: VirtualConnection | undefined;

  override abort(): void {
    if (!this.closed) this.writer?.reset();
  }

  /** What a reset does to this direction. */
  fail(failure: SocketError): void {
    super.abort(failure);
  }
}

function limitOf(sender: TcpOptions, receiver: TcpOptions): number {
  return clampBufferSize(sender.sendBufferSize) + clampBufferSize(receiver.receiveBufferSize);
}
