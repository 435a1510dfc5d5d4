import type { Socket, SocketAddress } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { ConnectionEnd } from "../../network/splice/connection-end.ts";
import { LendingSocket } from "../../network/splice/lending-socket.ts";
import { resetSocket, SocketEnd } from "../../network/splice/socket-end.ts";
import { type Splice, splice, type SpliceOutcome } from "../../network/splice/splice.ts";
import { TurnoverList } from "../../network/turnover.ts";
import type { WayIn } from "../../network/way-in.ts";
import type { ForwardCounter } from "./forward-stats.ts";
import type { ForwardLimits } from "./limits.ts";
import type { OutsideAddress } from "./outside-table.ts";
import { Parking } from "./parking.ts";
import { formatProxyHeader, type ProxyVersion } from "./proxy-header.ts";
import { readProxyHeader } from "./read-proxy-header.ts";
import { isLocal, LOCAL_VISITOR, toVisitor } from "./visitor.ts";

/** The PROXY protocol at either end of a forward. */
export interface ProxyProtocol {
  /** Whether a proxy in front tells who visits. Only for an address that nobody but that proxy reaches. */
  readonly inbound: boolean;
  /** Tells the guest who visits, in this version, in front of the visitor's bytes. */
  readonly outbound: ProxyVersion | undefined;
}

export interface TcpForwardOptions {
  readonly wayIn: WayIn;
  /** The port on the workload's own network. */
  readonly port: number;
  readonly limits: ForwardLimits;
  readonly proxy: ProxyProtocol;
  readonly counter: ForwardCounter;
  readonly clock: Clock;
}

/** Joins connections from outside with the workload, each by itself. Disposing it resets all of them. */
export class TcpForward implements Disposable {
  readonly #options: TcpForwardOptions;
  readonly #parking: Parking;
  readonly #open = new TurnoverList<Visit>();
  readonly #visitors = new Map<string, number>();
  #whenIdle = (): void => {};

  constructor(options: TcpForwardOptions) {
    const { wayIn, port, limits, clock } = options;
    this.#options = options;
    this.#parking = new Parking({
      wayIn,
      port,
      max: limits.parked,
      timeout: limits.parkTimeout,
      clock,
    });
  }

  /** Connections that wait for the workload. */
  get parked(): number {
    return this.#parking.parked;
  }

  /** Takes over a connection of which nothing was read yet. */
  accept(socket: Socket, outside: OutsideAddress): void {
    const { counter } = this.#options;
    // Until a splice listens, and for what comes behind its end.
    socket.on("error", () => {});
    counter.total += 1;
    const visitor =
      outside.tag === "unix" ? LOCAL_VISITOR : toVisitor(socket.remoteAddress, socket.remotePort);
    const reason = visitor === undefined ? "A visitor left at once" : this.#refusal(visitor);
    if (visitor === undefined || reason !== undefined) {
      counter.refused += 1;
      counter.fail(reason);
      resetSocket(socket);
      return;
    }
    void this.#serve(socket, visitor);
  }

  /** Resolves when no connection is open any more. */
  async idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle = resolve;
    if (this.#open.size > 0) await promise;
  }

  [Symbol.dispose](): void {
    for (const visit of this.#open.values()) visit.stop();
  }

  /** Why there is no room for one more from there; undefined where there is. */
  #refusal(visitor: SocketAddress): string | undefined {
    const { connections, connectionsPerVisitor } = this.#options.limits;
    if (this.#open.size >= connections) {
      return `A connection was refused: ${connections} are open`;
    }
    const count = isLocal(visitor) ? 0 : (this.#visitors.get(visitor.address) ?? 0);
    if (count < connectionsPerVisitor) return undefined;
    return `A connection from ${visitor.address} was refused: it has ${count}`;
  }

  async #serve(socket: Socket, visitor: SocketAddress): Promise<void> {
    const { counter } = this.#options;
    const visit = new Visit(socket);
    this.#enter(visit, visitor.address);
    try {
      const running = await this.#join(socket, visitor, visit.signal);
      visit.splice = running;
      if (visit.signal.aborted) running[Symbol.dispose]();
      const failure = failureOf(await running.done);
      if (failure !== undefined) counter.fail(failure);
    } catch (error) {
      if (!visit.signal.aborted) {
        counter.refused += 1;
        counter.fail(error);
      }
      resetSocket(socket);
    } finally {
      this.#leave(visit, visitor.address);
    }
  }

  async #join(socket: Socket, visitor: SocketAddress, signal: AbortSignal): Promise<Splice> {
    const { proxy, clock, limits, counter } = this.#options;
    let isRead = proxy.inbound;
    const told = proxy.inbound ? await readProxyHeader(socket, { signal, clock }) : undefined;
    const remote = told ?? visitor;
    const connection = await this.#parking.join({
      remote,
      signal,
      // Some bytes are read ahead while it waits: only who reads hears that a visitor has reset its connection.
      onWait: () => {
        isRead = true;
        socket.read(0);
      },
    });
    // A guest that has closed its end already takes no header, and none of what would come behind.
    if (proxy.outbound !== undefined && !connection.sink.closed) {
      const destination = toVisitor(socket.localAddress, socket.localPort) ?? LOCAL_VISITOR;
      // A fresh connection has room for a header.
      connection.sink.write(formatProxyHeader(proxy.outbound, remote, destination));
    }
    // What was read stays with the socket that read it.
    const outer = isRead ? socket : LendingSocket.adopt(socket);
    outer.on("error", () => {});
    return splice(new SocketEnd(outer), new ConnectionEnd(connection), {
      clock,
      idleTimeout: limits.idleTimeout,
      halfOpenTimeout: limits.halfOpenTimeout,
      onBytes: (direction, bytes) => {
        if (direction === "forth") counter.bytesIn += bytes;
        else counter.bytesOut += bytes;
      },
    });
  }

  #enter(visit: Visit, address: string): void {
    visit.ticket = this.#open.add(visit);
    this.#visitors.set(address, (this.#visitors.get(address) ?? 0) + 1);
    this.#options.counter.open = this.#open.size;
  }

  #leave(visit: Visit, address: string): void {
    this.#open.delete(visit.ticket);
    const count = (this.#visitors.get(address) ?? 1) - 1;
    if (count === 0) this.#visitors.delete(address);
    else this.#visitors.set(address, count);
    this.#options.counter.open = this.#open.size;
    if (this.#open.size === 0) this.#whenIdle();
  }
}

/** A connection from outside, from when it was accepted until it is over. */
class Visit {
  readonly #controller = new AbortController();
  splice: Splice | undefined;
  /** Its place among those that are open. */
  ticket = 0;

  constructor(socket: Socket) {
    socket.once("close", () => this.#controller.abort(new Error("The visitor left")));
  }

  /** Aborted when the visitor left, or is to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    this.#controller.abort(new Error("The forward was removed"));
    this.splice?.[Symbol.dispose]();
  }
}

function failureOf(outcome: SpliceOutcome): Error | undefined {
  switch (outcome.tag) {
    case "broken":
      return outcome.failure;
    case "timeout":
      return new Error("A connection was idle for too long");
    case "ended":
    case "stopped":
      return undefined;
  }
}
