import type { SocketAddress } from "node:net";
import { type Arbitrary, constantFrom, nat, record } from "fast-check";
import { SocketError } from "../../../host/network/error.ts";
import type { UdpNetwork, UdpSocket } from "../../../host/network/udp.ts";
import { at, IPV4 } from "../network/support.ts";
import { open } from "./support.ts";

/** A call on one of a few sockets, which are opened, closed and opened again at the same port. */
export interface UdpStep {
  readonly act: "open" | "close" | "send" | "receive" | "connect" | "disconnect";
  readonly socket: number;
  /** The other socket of a `send` or `connect`. */
  readonly peer: number;
  readonly count: number;
}

const SOCKETS = 4;

export const udpSteps: Arbitrary<UdpStep> = record({
  act: constantFrom(
    "open",
    "send",
    "send",
    "send",
    "receive",
    "receive",
    "close",
    "connect",
    "disconnect",
  ),
  socket: nat({ max: SOCKETS - 1 }),
  peer: nat({ max: SOCKETS - 1 }),
  count: nat({ max: 3000 }),
});

/** What a program does first, so that there is something to go on with. */
export const UDP_PRELUDE: readonly UdpStep[] = [0, 1, 2, 3].map((socket) => {
  return { act: "open", socket, peer: 0, count: 0 };
});

/** A program that makes such calls, one after the other, and what it sees. */
export class UdpProgram {
  readonly #network: UdpNetwork;
  readonly #places = Array.from({ length: SOCKETS }, () => new Place());
  #steps = 0;

  constructor(network: UdpNetwork) {
    this.#network = network;
  }

  /** Makes a call and returns what became of it. */
  run(step: UdpStep): string {
    this.#steps += 1;
    const first = this.#try(step);
    // Only the operating system tells that nobody is there, and to one call; the next one says what it does.
    return first === "connection-refused" ? this.#try(step) : first;
  }

  /** What the program can see of all its sockets now. */
  get view(): string {
    return this.#places.map(({ socket }) => socket?.pending ?? "-").join(" ");
  }

  #try(step: UdpStep): string {
    try {
      return this.#run(step);
    } catch (error) {
      if (error instanceof SocketError) return error.code;
      throw error;
    }
  }

  #run({ act, socket: index, peer: peerIndex, count }: UdpStep): string {
    const [place, peer] = [this.#places[index], this.#places[peerIndex]];
    if (place === undefined || peer === undefined) return "no such socket";
    const { socket } = place;
    if (act === "open") return place.open(this.#network);
    if (socket === undefined) return "not open";
    switch (act) {
      case "close":
        socket[Symbol.dispose]();
        place.socket = undefined;
        return "closed";
      case "send": {
        const data = Buffer.alloc(count, this.#steps);
        socket.send(data, peerIndex === index ? undefined : (peer.local ?? at(IPV4, 0)));
        return "sent";
      }
      case "receive":
        return this.#receive(socket);
      case "connect":
        socket.connect(peer.local ?? at(IPV4, 0));
        return "connected";
      case "disconnect":
        socket.disconnect();
        return "disconnected";
    }
  }

  /** The bytes and the number of the sender. */
  #receive(socket: UdpSocket): string {
    const datagram = socket.receive();
    if (datagram === undefined) return "nothing";
    const { data, remote } = datagram;
    const sender = this.#places.findIndex(({ local }) => local?.port === remote.port);
    return `${sender}: ${Buffer.from(data).toString("latin1")}`;
  }
}

/** A socket's place, which keeps its port when the socket is closed. */
class Place {
  local: SocketAddress | undefined;
  socket: UdpSocket | undefined;

  open(network: UdpNetwork): string {
    const socket = open(network, IPV4, { port: this.local?.port ?? 0 });
    this.local = socket.local;
    this.socket = socket;
    return "opened";
  }
}
