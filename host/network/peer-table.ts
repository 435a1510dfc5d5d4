import type { SocketAddress } from "node:net";

/** Peers that one socket remembers; a new one takes the place of the one that was sent to the longest time ago. */
const PEERS_MAX = 1024;

/** Milliseconds for which answers are admitted, counted from the last datagram to the peer (RFC 4787 §4.3, REQ-5). */
const PEER_LIFETIME = 300_000;

/** What a peer table may be built with. */
export interface PeerTableOptions {
  readonly max?: number | undefined;
  readonly lifetime?: number | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

/**
 * The addresses from which a socket admits datagrams, because it sent to them:
 * the filter that RFC 4787 §5 calls address and port-dependent.
 */
export class PeerTable {
  /** In the order of their last use. */
  readonly #peers = new Map<string, Peer>();
  readonly #max: number;
  readonly #lifetime: number;
  readonly #now: () => number;

  constructor(options: PeerTableOptions = {}) {
    this.#max = options.max ?? PEERS_MAX;
    this.#lifetime = options.lifetime ?? PEER_LIFETIME;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Peers that are remembered, at most `PEERS_MAX`; some may have expired. */
  get size(): number {
    return this.#peers.size;
  }

  /** Admits what `peer` sends from now on. */
  add(peer: SocketAddress): void {
    const key = keyOf(peer.address, peer.port);
    this.#peers.delete(key);
    if (this.#peers.size >= this.#max) this.#forgetOldest();
    this.#peers.set(key, { address: peer, until: this.#now() + this.#lifetime });
  }

  /** The peer with this address and port, or undefined where it was not sent to, or too long ago. */
  find(address: string, port: number): SocketAddress | undefined {
    const key = keyOf(address, port);
    const peer = this.#peers.get(key);
    if (peer === undefined) return undefined;
    if (peer.until > this.#now()) return peer.address;
    this.#peers.delete(key);
    return undefined;
  }

  #forgetOldest(): void {
    for (const key of this.#peers.keys()) {
      this.#peers.delete(key);
      return;
    }
  }
}

interface Peer {
  readonly address: SocketAddress;
  /** When it is forgotten. */
  readonly until: number;
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}
