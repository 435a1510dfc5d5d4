import { once } from "node:events";
import { connect, SocketAddress, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../../../host/network/network.ts";
import { ConnectionEnd } from "../../../host/network/splice/connection-end.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import { VirtualNetwork } from "../../../host/network/virtual/virtual-network.ts";
import { WaitList } from "../../../host/network/wait-list.ts";
import type { DatagramFlow, WayIn } from "../../../host/network/way-in.ts";
import type { BackoffOptions } from "../../../host/tunnel/client/backoff.ts";
import type {
  TunnelEvent,
  TunnelRequest,
  TunnelTiming,
} from "../../../host/tunnel/client/options.ts";
import { RetryBudget } from "../../../host/tunnel/client/retry-budget.ts";
import type { ServerAddress } from "../../../host/tunnel/client/server-address.ts";
import type { TunnelState } from "../../../host/tunnel/client/state.ts";
import { Tunnel } from "../../../host/tunnel/client/tunnel.ts";
import { SYSTEM_TUNNEL_CLOCK, type TunnelClock } from "../../../host/tunnel/clock.ts";
import type {
  TunnelServerEvent,
  TunnelServerOptions,
} from "../../../host/tunnel/server/options.ts";
import { startTunnelServer, type TunnelServer } from "../../../host/tunnel/server/tunnel-server.ts";
import { FakeClock } from "../engine/fake-clock.ts";

/** A clock that stands still until it is advanced; its date goes along, and may jump. */
export class FakeTunnelClock extends FakeClock implements TunnelClock {
  #asleep = 0;

  date(): number {
    return 1_000_000_000 + this.now() + this.#asleep;
  }

  /** The machine sleeps: the date goes on and no timer fires. */
  sleep(milliseconds: number): void {
    this.#asleep += milliseconds;
  }
}

/** A workload's network with services that a test writes, and the way into it. */
export class GuestNetwork implements WayIn, Disposable {
  readonly network: VirtualNetwork = new VirtualNetwork();
  readonly whenChanged: WaitList = new WaitList();
  readonly remotes: SocketAddress[] = [];
  closed = false;
  atRest: string | undefined;
  readonly #listening = new Map<number, Disposable>();

  isListening(_protocol: "tcp" | "udp", port: number): boolean {
    return this.#listening.has(port);
  }

  connect(
    port: number,
    { remote, signal }: { readonly remote: SocketAddress; readonly signal: AbortSignal },
  ): Promise<Connection> {
    this.remotes.push(remote);
    return this.network.connect(loopback(port), { tcp, signal });
  }

  openFlow(): DatagramFlow {
    throw new Error("A tunnel has no datagrams");
  }

  /** Listens on `port` until the result is disposed, and calls `onConnection` with each connection. */
  serve(port: number, onConnection: (connection: Connection) => void): Disposable {
    const reservation = this.network.bind(loopback(port));
    const listener = this.network.listen(reservation, { backlog: 1024, tcp });
    const accept = (): void => {
      for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
        onConnection(next);
      }
      listener.whenPending.add(accept);
    };
    accept();
    const service = {
      [Symbol.dispose]: () => {
        listener[Symbol.dispose]();
        this.#listening.delete(port);
        this.whenChanged.notify();
      },
    };
    this.#listening.set(port, service);
    this.whenChanged.notify();
    return service;
  }

  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
  }
}

/** Sends everything back. */
export function echo(connection: Connection): void {
  answer(connection, (bytes) => bytes);
}

/** Sends what `reply` makes of each chunk. */
export function answer(connection: Connection, reply: (bytes: Uint8Array) => Uint8Array): void {
  const end = new ConnectionEnd(connection);
  end.start({
    onBytes: (bytes) => {
      if (!end.write(reply(bytes))) end.pause();
    },
    onDrain: () => end.resume(),
    onEnd: () => end.end(),
    onFinish: () => undefined,
    onBreak: () => end.reset(),
  });
}

export function loopback(port: number): SocketAddress {
  return new SocketAddress({ address: "127.0.0.1", port });
}

/** A server on a free port, with all that happened at it. */
export interface TestServer extends Disposable {
  readonly server: TunnelServer;
  readonly address: ServerAddress;
  readonly port: number;
  readonly events: readonly TunnelServerEvent[];
  /** The events of one kind. */
  reasons(tag: TunnelServerEvent["tag"]): readonly string[];
}

/** Public ports of tests, outside of the range of ephemeral ports. */
export const MIN_PORT = 21_000;
export const MAX_PORT = 21_999;

export async function startServer(
  options: Partial<TunnelServerOptions> & { readonly scheme?: ServerAddress["scheme"] } = {},
): Promise<TestServer> {
  const events: TunnelServerEvent[] = [];
  const server = await startTunnelServer({
    bind: "127.0.0.1",
    port: 0,
    minPort: MIN_PORT,
    maxPort: MAX_PORT,
    secrets: [],
    clock: SYSTEM_TUNNEL_CLOCK,
    ...options,
    onEvent: (event) => events.push(event),
  });
  const { port } = server.address;
  return {
    server,
    port,
    address: { scheme: options.scheme ?? "bore", host: "127.0.0.1", port },
    events,
    reasons: (tag) =>
      events.flatMap((event) => (event.tag === tag && "reason" in event ? [event.reason] : [])),
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}

/** A tunnel with all that happened to it. */
export interface TestTunnel extends Disposable {
  readonly tunnel: Tunnel;
  readonly states: readonly TunnelState[];
  readonly events: readonly TunnelEvent[];
  /** Waits for a state, and returns it. */
  until<T extends TunnelState["tag"]>(tag: T): Promise<Extract<TunnelState, { tag: T }>>;
  /** Warnings that it gave. */
  readonly warnings: readonly string[];
}

export interface TestTunnelOptions extends Partial<Omit<TunnelRequest, "server">> {
  readonly server: ServerAddress;
  readonly wayIn: WayIn;
  readonly clock?: TunnelClock;
  readonly budget?: RetryBudget;
  readonly backoff?: BackoffOptions;
  readonly timing?: Partial<TunnelTiming>;
}

/** Attempts come quickly. */
const QUICK: BackoffOptions = { initial: 5, max: 50, random: Math.random };

export function startTunnel(options: TestTunnelOptions): TestTunnel {
  const {
    wayIn,
    clock = SYSTEM_TUNNEL_CLOCK,
    backoff = QUICK,
    timing,
    budget,
    ...request
  } = options;
  const states: TunnelState[] = [];
  const events: TunnelEvent[] = [];
  const tunnel: Tunnel = new Tunnel(
    { port: 80, ...request },
    {
      wayIn,
      clock,
      budget: budget ?? new RetryBudget(clock),
      backoff,
      timing,
      onEvent: (event) => {
        events.push(event);
        if (event.tag === "state") states.push(tunnel.state);
      },
    },
  );
  return {
    tunnel,
    states,
    events,
    get warnings() {
      return events.flatMap((event) => (event.tag === "warning" ? [event.message] : []));
    },
    until: async (tag) => {
      await eventually(() => tunnel.state.tag === tag);
      const { state } = tunnel;
      if (!hasTag(state, tag)) throw new Error(`It left ${tag} at once`);
      return state;
    },
    [Symbol.dispose]: () => tunnel[Symbol.dispose](),
  };
}

function hasTag<T extends TunnelState["tag"]>(
  state: TunnelState,
  tag: T,
): state is Extract<TunnelState, { tag: T }> {
  return state.tag === tag;
}

/** Waits until `condition` holds; the test's own time limit ends a wait in vain. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

/** A visitor that sends `text`, ends its direction, and reads until the other side ends. */
export async function visit(port: number, text: string | Buffer, host?: string): Promise<string> {
  const socket = await connectTo(port, host);
  socket.end(text);
  return (await readAll(socket)).toString();
}

export async function connectTo(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  // What breaks it shows when it is read.
  socket.on("error", () => undefined);
  return socket;
}

/** Whether a connection to `port` is reset, at once or when it is read. */
export async function isReset(port: number): Promise<boolean> {
  try {
    await readAll(await connectTo(port));
    return false;
  } catch (error) {
    return String(error).includes("ECONNRESET");
  }
}

/** All that comes until the end; rejects with what broke the connection. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  // Not by iteration, which destroys the socket when it is over.
  socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  socket.once("end", resolve);
  socket.once("error", reject);
  socket.once("close", resolve);
  if (socket.errored !== null) reject(socket.errored);
  else if (socket.readableEnded || socket.destroyed) resolve();
  socket.resume();
  await promise;
  return Buffer.concat(chunks);
}

/** The next bytes, at least `count` of them. */
export async function read(socket: Socket, count: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count) {
    const chunk: unknown = socket.read();
    if (Buffer.isBuffer(chunk)) bytes = Buffer.concat([bytes, chunk]);
    else await once(socket, "readable");
  }
  return bytes;
}
