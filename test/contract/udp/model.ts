import type { UdpStep } from "./random.ts";

/** What UDP does, said as shortly as possible: sockets are numbers, a datagram is in the queue of its receiver at once. */
export class UdpModel {
  readonly #sockets: (Socket | undefined)[] = [];
  readonly #known = new Set<number>();
  #steps = 0;

  run({ act, socket: index, peer, count }: UdpStep): string {
    this.#steps += 1;
    const socket = this.#sockets[index];
    if (act === "open") {
      if (socket !== undefined) return "address-in-use";
      this.#known.add(index);
      this.#sockets[index] = { queue: [], peer: undefined };
      return "opened";
    }
    if (socket === undefined) return "not open";
    switch (act) {
      case "close":
        this.#sockets[index] = undefined;
        return "closed";
      case "send": {
        const text = Buffer.alloc(count, this.#steps).toString("latin1");
        return this.#send(index, socket, peer === index ? socket.peer : peer, text);
      }
      case "receive":
        return socket.queue.shift() ?? "nothing";
      case "connect":
        if (!this.#known.has(peer)) return "invalid-argument";
        socket.peer = peer;
        socket.queue = socket.queue.filter((text) => text.startsWith(`${peer}: `));
        return "connected";
      case "disconnect":
        socket.peer = undefined;
        return "disconnected";
    }
  }

  get view(): string {
    return [0, 1, 2, 3].map((index) => this.#sockets[index]?.queue.length ?? "-").join(" ");
  }

  #send(from: number, { peer }: Socket, to: number | undefined, text: string): string {
    const isWrong = to === undefined || !this.#known.has(to) || (peer !== undefined && peer !== to);
    if (isWrong) return "invalid-argument";
    const receiver = this.#sockets[to];
    if (receiver !== undefined && (receiver.peer ?? from) === from) {
      receiver.queue.push(`${from}: ${text}`);
    }
    return "sent";
  }
}

interface Socket {
  queue: string[];
  peer: number | undefined;
}
