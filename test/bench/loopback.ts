import type { Socket } from "node:net";
import { functionOf, GuestLab, type LabGuest } from "../support/guest-lab.ts";
import type { Bench } from "./bench.ts";
import { compare, MIB, rateOf } from "./compare.ts";
import { NetPeer } from "./net-peer.ts";

/** 64 bytes from one guest to another and back, against node:net doing the same on the machine's loopback. */
export const loopbackRtt: Bench = {
  name: "loopback-rtt",
  unit: "µs",
  better: "less",
  versus: "node:net on 127.0.0.1, 64 bytes there and back",
  async run(budget) {
    await using lab = new GuestLab(ASYNC_EXPORTS);
    await lab.startService("tcp-echo");
    const client = await lab.start("tcp-client", "component");
    using echo = await NetPeer.start((socket) => socket.pipe(socket));
    return await compare(
      budget,
      (rounds) => timePerRound(() => call(client, "rounds", rounds, RTT_SIZE), rounds),
      (rounds) => timePerRound(() => echo.rounds(rounds, RTT_SIZE), rounds),
    );
  },
};

/** Bytes from one guest to another, one way, against node:net on the machine's loopback. */
export const loopbackThroughput: Bench = {
  name: "loopback-throughput",
  unit: "MiB/s",
  better: "more",
  versus: "node:net on 127.0.0.1, 64 KiB writes, one way",
  async run(budget) {
    await using lab = new GuestLab(ASYNC_EXPORTS);
    await lab.startService("tcp-sink");
    const client = await lab.start("tcp-client", "component");
    using sink = await NetPeer.start(countThenAnswer);
    const bytes = 64 * MIB;
    return await compare(
      budget,
      async () => rateOf(bytes, () => call(client, "sink", BigInt(bytes))),
      async () => rateOf(bytes, () => sink.send(bytes)),
      1,
    );
  },
};

const ASYNC_EXPORTS = ["rounds", "sink"];
const RTT_SIZE = 64;

async function call(client: LabGuest, name: string, ...args: unknown[]): Promise<void> {
  await functionOf(client, name)(...args);
}

/** Microseconds a round. */
async function timePerRound(action: () => Promise<void>, rounds: number): Promise<number> {
  const started = performance.now();
  await action();
  return ((performance.now() - started) * 1000) / rounds;
}

/** As the guest `tcp-sink`: reads to the end, then answers how much it was. */
function countThenAnswer(socket: Socket): void {
  let count = 0;
  socket.on("data", (chunk) => {
    count += chunk.length;
  });
  socket.on("end", () => socket.end(String(count)));
}
