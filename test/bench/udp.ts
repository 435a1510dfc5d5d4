import { createSocket } from "node:dgram";
import { once } from "node:events";
import { functionOf, GuestLab } from "../support/guest-lab.ts";
import type { Bench } from "./bench.ts";
import { compare } from "./compare.ts";

/** A datagram of 64 bytes from one guest to another and back, against node:dgram on the machine's loopback. */
export const udpRtt: Bench = {
  name: "udp-rtt",
  unit: "µs",
  better: "less",
  versus: "node:dgram on 127.0.0.1, 64 bytes there and back",
  async run(budget) {
    await using lab = new GuestLab(["rounds"]);
    await lab.startService("udp-echo");
    const rounds = functionOf(await lab.start("udp-client", "component"), "rounds");
    await using peer = await DgramPeer.start();
    return await compare(
      budget,
      (count) => timePerRound(async () => void (await rounds(count, 1, SIZE)), count),
      (count) => timePerRound(() => peer.rounds(count), count),
    );
  },
};

const SIZE = 64;

/** Microseconds a round. */
async function timePerRound(action: () => Promise<void>, count: number): Promise<number> {
  const started = performance.now();
  await action();
  return ((performance.now() - started) * 1000) / count;
}

/** The reference: two sockets of node:dgram, one of which echoes. */
class DgramPeer implements AsyncDisposable {
  static async start(): Promise<DgramPeer> {
    const peer = new DgramPeer();
    peer.#echo.bind(0, "127.0.0.1");
    await once(peer.#echo, "listening");
    peer.#client.connect(peer.#echo.address().port, "127.0.0.1");
    await once(peer.#client, "connect");
    return peer;
  }

  readonly #echo = createSocket("udp4", (message, { port, address }) => {
    this.#echo.send(message, port, address);
  });
  readonly #client = createSocket("udp4");

  /** Nothing is lost on a loopback with one datagram under way. */
  async rounds(count: number): Promise<void> {
    const message = Buffer.alloc(SIZE);
    await new Promise<void>((resolve) => {
      let left = count;
      const onMessage = (): void => {
        left -= 1;
        if (left > 0) {
          this.#client.send(message);
          return;
        }
        this.#client.off("message", onMessage);
        resolve();
      };
      this.#client.on("message", onMessage);
      this.#client.send(message);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    this.#echo.close();
  }
}
