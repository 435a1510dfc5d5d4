import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Clock } from "../../engine/clock.ts";
import { SocketError } from "../../network/error.ts";
import type { DatagramFlow, WayIn } from "../../network/way-in.ts";
import type { Opened } from "./bind.ts";
import type { ForwardCounter } from "./forward-stats.ts";
import type { ForwardLimits } from "./limits.ts";
import type { OutsideAddress } from "./outside-table.ts";
import { toVisitor } from "./visitor.ts";

export interface UdpListenerOptions {
  readonly wayIn: WayIn;
  /** The port on the workload's own network. */
  readonly port: number;
  readonly limits: ForwardLimits;
  readonly counter: ForwardCounter;
  readonly clock: Clock;
}

/** Bytes of answers that may wait for the operating system. */
const SEND_QUEUE_MAX = 1024 * 1024;

/** How often the visitors of a flow timeout are looked through. */
const SWEEPS = 4;

/** Bytes that the operating system keeps for us in each direction; it may give less. */
const BUFFER = 1024 * 1024;

/** A visitor, by its address. */
interface Visitor {
  readonly flow: DatagramFlow;
  lastUse: number;
}

/**
 * An outside address that takes datagrams, and gives each visitor a flow of its own to the workload.
 * Where there are too many visitors, a new one takes the place of the one that was silent the longest.
 */
export class UdpListener implements Opened {
  readonly outside: OutsideAddress;
  readonly #socket: Socket;
  readonly #claim: Disposable;
  readonly #options: UdpListenerOptions;
  /** In the order of their last use. */
  readonly #visitors = new Map<string, Visitor>();
  #cancelSweep: (() => void) | undefined;

  private constructor(
    socket: Socket,
    outside: OutsideAddress,
    claim: Disposable,
    options: UdpListenerOptions,
  ) {
    this.#socket = socket;
    this.outside = outside;
    this.#claim = claim;
    this.#options = options;
  }

  /** Binds, and owns `claim` then. Rejects with the operating system's error. */
  static async open(
    outside: Extract<OutsideAddress, { tag: "port" }>,
    claim: Disposable,
    options: UdpListenerOptions,
  ): Promise<UdpListener> {
    const { address, port } = outside;
    const type = address.includes(":") ? "udp6" : "udp4";
    const socket = createSocket({ type, recvBufferSize: BUFFER, sendBufferSize: BUFFER });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, resolve);
    try {
      await promise;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.off("error", reject);
    const listener = new UdpListener(socket, outside, claim, options);
    socket.on("error", (error) => options.counter.fail(error));
    socket.on("message", (bytes, from) => listener.#receive(bytes, from));
    return listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelSweep?.();
    for (const key of this.#visitors.keys()) this.#forget(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.close(resolve);
    await promise;
    this.#claim[Symbol.dispose]();
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const { counter, clock } = this.#options;
    counter.bytesIn += bytes.length;
    const key = `${from.address} ${from.port}`;
    const visitor = this.#visitors.get(key) ?? this.#open(key, from);
    if (visitor === undefined) {
      counter.dropped += 1;
      return;
    }
    visitor.lastUse = clock.now();
    this.#visitors.delete(key);
    this.#visitors.set(key, visitor);
    if (!visitor.flow.send(bytes)) counter.dropped += 1;
  }

  #open(key: string, from: RemoteInfo): Visitor | undefined {
    const { wayIn, port, limits, counter, clock } = this.#options;
    const remote = toVisitor(from.address, from.port);
    // Nobody can answer port 0 (RFC 768: it is that of who expects no answer), and nothing inside may be told to.
    if (remote === undefined || remote.port === 0) return undefined;
    // Nobody answers a datagram that nobody receives, so there is nothing to remember.
    if (!wayIn.isListening("udp", port)) {
      const { atRest } = wayIn;
      if (atRest !== undefined) counter.fail(`Cannot reach port ${port}: ${atRest}`);
      return undefined;
    }
    if (this.#visitors.size >= limits.connections) this.#forgetOldest();
    try {
      const flow = wayIn.openFlow(port, {
        remote,
        onDatagram: (bytes) => this.#answer(key, bytes, from),
        onClose: (failure) => {
          this.#forget(key);
          if (failure !== undefined) this.#refused(failure);
        },
      });
      const visitor = { flow, lastUse: clock.now() };
      counter.total += 1;
      counter.open += 1;
      this.#visitors.set(key, visitor);
      this.#sweepLater();
      return visitor;
    } catch (error) {
      this.#refused(error);
      return undefined;
    }
  }

  #answer(key: string, bytes: Uint8Array, to: RemoteInfo): void {
    const { counter, clock } = this.#options;
    const visitor = this.#visitors.get(key);
    if (visitor !== undefined) visitor.lastUse = clock.now();
    if (this.#socket.getSendQueueSize() > SEND_QUEUE_MAX) {
      counter.dropped += 1;
      return;
    }
    counter.bytesOut += bytes.length;
    this.#socket.send(bytes, to.port, to.address, (error) => {
      if (error !== null) counter.fail(error);
    });
  }

  /**
   * A visitor found no place. Where the workload has no more of them, the visitor that was silent the longest gives
   * its own up for whoever sends again: else a few hundred that are gone lock everybody out until they are forgotten.
   */
  #refused(failure: unknown): void {
    const { counter } = this.#options;
    counter.refused += 1;
    counter.fail(failure);
    if (failure instanceof SocketError && failure.code === "new-socket-limit") this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#visitors.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    const visitor = this.#visitors.get(key);
    if (visitor === undefined) return;
    this.#visitors.delete(key);
    this.#options.counter.open -= 1;
    visitor.flow[Symbol.dispose]();
  }

  #sweepLater(): void {
    if (this.#cancelSweep !== undefined || this.#visitors.size === 0) return;
    const { clock, limits } = this.#options;
    this.#cancelSweep = clock.after(limits.flowTimeout / SWEEPS, () => {
      this.#cancelSweep = undefined;
      const silentSince = clock.now() - limits.flowTimeout;
      for (const [key, { lastUse }] of this.#visitors) {
        if (lastUse <= silentSince) this.#forget(key);
      }
      this.#sweepLater();
    });
  }
}
