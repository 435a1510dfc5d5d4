import type { Socket } from "node:net";
import { RealNetwork } from "../../host/network/real/real-network.ts";
import { functionOf, GuestLab } from "../support/guest-lab.ts";
import type { Bench } from "./bench.ts";
import { compare, MIB, rateOf } from "./compare.ts";
import { NetPeer } from "./net-peer.ts";

/** Bytes from a guest to a server on the machine, one way, against node:net sending them. */
export const egressThroughput: Bench = {
  name: "egress-throughput",
  unit: "MiB/s",
  better: "more",
  versus: "node:net to the same server on 127.0.0.1, one way",
  async run(budget) {
    await using lab = new GuestLab(["sink"]);
    using network = new RealNetwork();
    // The guest dials this port of its loopback, which is the machine's here.
    using server = await NetPeer.start(countThenAnswer, 7778);
    const client = await lab.start("tcp-client", "component", network);
    const sink = functionOf(client, "sink");
    const bytes = 64 * MIB;
    return await compare(
      budget,
      async () => rateOf(bytes, async () => void (await sink(BigInt(bytes)))),
      async () => rateOf(bytes, () => server.send(bytes)),
      1,
    );
  },
};

/** As the guest `tcp-sink`: reads to the end, then answers how much it was, in eight bytes. */
function countThenAnswer(socket: Socket): void {
  let count = 0;
  socket.on("data", (chunk) => {
    count += chunk.length;
  });
  socket.on("end", () => {
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(BigInt(count));
    socket.end(answer);
  });
}
