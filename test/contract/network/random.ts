import type { SocketAddress } from "node:net";
import { constantFrom, nat, oneof, record, type Arbitrary } from "fast-check";
import { SocketError } from "../../../host/network/error.ts";
import type {
  Connection,
  Listener,
  PortReservation,
  TcpNetwork,
} from "../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import { at, IPV4 } from "./support.ts";

/** What a program does first, so that there is something to go on with. */
export const TCP_PRELUDE: readonly TcpStep[] = [
  { act: "bind", port: 0 },
  { act: "listen", port: 0 },
  { act: "connect", port: 0 },
];

/** A call that a program makes: on one of a few ports, or on an end of a connection that was made before. */
export type TcpStep = PortStep | EndStep;

interface PortStep {
  readonly act: "bind" | "listen" | "close" | "connect";
  readonly port: number;
}

interface EndStep {
  readonly act: "write" | "read" | "end" | "cancel" | "reset" | "dispose";
  readonly end: number;
  readonly count: number;
}

export const tcpSteps: Arbitrary<TcpStep> = oneof(
  {
    weight: 2,
    arbitrary: record({
      act: constantFrom("bind", "listen", "connect", "connect", "close"),
      port: nat({ max: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: record({
      act: constantFrom(
        "write",
        "write",
        "write",
        "write",
        "read",
        "read",
        "end",
        "cancel",
        "reset",
        "dispose",
      ),
      end: nat({ max: 5 }),
      count: nat({ max: 3000 }),
    }),
  },
);

/** A program that makes such calls, one after the other, and what it sees. */
export class TcpProgram {
  readonly #network: TcpNetwork;
  readonly #ports = [new Port(), new Port(), new Port()];
  readonly #ends: End[] = [];
  #written = 0;

  constructor(network: TcpNetwork) {
    this.#network = network;
  }

  /** Makes a call and returns what became of it. */
  async run(step: TcpStep): Promise<string> {
    try {
      return "port" in step ? await this.#runPort(step) : this.#runEnd(step);
    } catch (error) {
      if (error instanceof SocketError) return error.code;
      throw error;
    }
  }

  /** What the program can see of all its connections now. */
  get view(): string {
    return this.#ends.map((end) => end.view).join(" ");
  }

  /** Closes every end of a connection. */
  hangUp(): void {
    for (const { connection } of this.#ends) connection[Symbol.dispose]();
  }

  async #runPort({ act, port: index }: PortStep): Promise<string> {
    const port = this.#ports[index % this.#ports.length] ?? new Port();
    const network = this.#network;
    switch (act) {
      case "bind": {
        const bound = await network.bind(port.local ?? at(IPV4, 0));
        port.hold(bound);
        return "bound";
      }
      case "listen":
        if (port.reservation === undefined) return "nothing to listen on";
        port.hold(await network.listen(port.reservation, { backlog: 64, tcp }));
        return "listening";
      case "close":
        port.close();
        return "closed";
      case "connect": {
        if (port.local === undefined) return "nothing to connect to";
        const client = await network.connect(port.local, { tcp });
        const server = await acceptFor(client, port.listener);
        if (server === undefined) return "connected to nobody";
        const ends = [new End(client), new End(server)] as const;
        ends[0].peer = ends[1];
        ends[1].peer = ends[0];
        this.#ends.push(...ends);
        return "connected";
      }
    }
  }

  #runEnd({ act, end: index, count }: EndStep): string {
    const end = this.#ends.at(-1 - (index % Math.max(this.#ends.length, 1)));
    if (end === undefined) return "no such end";
    switch (act) {
      case "write":
        return end.write(count, (this.#written += 1));
      case "read":
        return end.read(count);
      case "end":
        end.connection.sink.end();
        return "ended";
      case "cancel":
        end.isDeaf = true;
        end.connection.source.cancel();
        return "cancelled";
      case "reset":
        end.leave();
        end.connection.reset();
        return "reset";
      case "dispose":
        end.leave();
        end.connection[Symbol.dispose]();
        return "disposed";
    }
  }
}

/** The other end of a connection; undefined where there is nobody, or somebody who may not have another connection. */
async function acceptFor(
  client: Connection,
  listener: Listener | undefined,
): Promise<Connection | undefined> {
  while (listener?.pending === 0 && !client.source.ended) await new Promise(setImmediate);
  return listener?.accept();
}

/** A port that keeps its number over its owners. */
class Port {
  local: SocketAddress | undefined;
  reservation: PortReservation | undefined;
  listener: Listener | undefined;

  hold(owner: PortReservation | Listener): void {
    this.local = owner.local;
    if ("accept" in owner) this.listener = owner;
    else this.reservation = owner;
  }

  close(): void {
    this.listener?.[Symbol.dispose]();
    this.reservation?.[Symbol.dispose]();
    this.listener = undefined;
    this.reservation = undefined;
  }
}

/** An end of a connection. */
class End {
  readonly connection: Connection;
  peer: End | undefined;
  /** It takes nothing more. The virtual network tells its peer so at once, a real one when it is too late. */
  isDeaf = false;
  #hasLeft = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get view(): string {
    if (this.#hasLeft) return "-";
    const { source } = this.connection;
    const failure = source.failure instanceof SocketError ? source.failure.code : "";
    return `${source.available}${source.ended ? "|" : ""}${failure}`;
  }

  /** It is closed on this side, which then has nothing to see any more. */
  leave(): void {
    this.isDeaf = true;
    this.#hasLeft = true;
  }

  write(count: number, value: number): string {
    const { sink } = this.connection;
    if (this.peer?.isDeaf === true || sink.closed || sink.capacity < count) return "cannot write";
    sink.write(Buffer.alloc(count, value));
    return "written";
  }

  read(count: number): string {
    const bytes = Buffer.alloc(count);
    const moved = this.connection.source.readInto(bytes);
    return bytes.subarray(0, moved).toString("latin1");
  }
}
