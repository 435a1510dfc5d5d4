import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { functionOf, GuestLab, type LabGuest } from "../support/guest-lab.ts";
import { type Bench, type Measurement, median } from "./bench.ts";

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
const WRITE_SIZE = 64 * 1024;
const MIB = 1024 * 1024;

/** Takes samples of both by turns until the budget is spent, and gives the middle ones. */
async function compare(
  budget: number,
  ours: (size: number) => Promise<number>,
  reference: (size: number) => Promise<number>,
  size = 2000,
): Promise<Measurement> {
  // The first calls are compiled on the way.
  await ours(size);
  await reference(size);
  const samples = { ours: [] as number[], reference: [] as number[] };
  for (const end = performance.now() + budget; performance.now() < end;) {
    samples.ours.push(await ours(size));
    samples.reference.push(await reference(size));
  }
  return { ours: median(samples.ours), reference: median(samples.reference) };
}

async function call(client: LabGuest, name: string, ...args: unknown[]): Promise<void> {
  await functionOf(client, name)(...args);
}

/** Microseconds a round. */
async function timePerRound(action: () => Promise<void>, rounds: number): Promise<number> {
  const started = performance.now();
  await action();
  return ((performance.now() - started) * 1000) / rounds;
}

/** MiB a second. */
async function rateOf(bytes: number, action: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await action();
  return bytes / MIB / ((performance.now() - started) / 1000);
}

/** The client side of the reference: node:net on the machine's loopback. */
class NetPeer implements Disposable {
  static async start(serve: (socket: Socket) => void): Promise<NetPeer> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, serve);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new NetPeer(server);
  }

  readonly #server: ReturnType<typeof createServer>;
  #socket: Socket | undefined;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
  }

  /** Sends `size` bytes and waits for as many, `count` times, on one connection. */
  async rounds(count: number, size: number): Promise<void> {
    const socket = (this.#socket ??= await this.#connect());
    const message = Buffer.alloc(size);
    await new Promise<void>((resolve) => {
      let left = count;
      let received = 0;
      const onData = (chunk: Buffer): void => {
        received += chunk.length;
        if (received < size) return;
        received = 0;
        left -= 1;
        if (left > 0) {
          socket.write(message);
          return;
        }
        socket.off("data", onData);
        resolve();
      };
      socket.on("data", onData);
      socket.write(message);
    });
  }

  /** Sends `bytes` on a connection of its own and waits for the answer to its end. */
  async send(bytes: number): Promise<void> {
    const socket = await this.#connect();
    const chunk = Buffer.alloc(WRITE_SIZE);
    for (let sent = 0; sent < bytes; sent += WRITE_SIZE) {
      if (!socket.write(chunk)) await once(socket, "drain");
    }
    socket.end();
    socket.resume();
    await once(socket, "close");
  }

  async #connect(): Promise<Socket> {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The server is closed");
    const { port } = address;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

/** As the guest `tcp-sink`: reads to the end, then answers how much it was. */
function countThenAnswer(socket: Socket): void {
  let count = 0;
  socket.on("data", (chunk) => {
    count += chunk.length;
  });
  socket.on("end", () => socket.end(String(count)));
}
