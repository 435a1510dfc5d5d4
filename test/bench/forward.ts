import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { GuestName } from "../fixture/guest/guest.ts";
import { startServer } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import type { Bench } from "./bench.ts";
import { compare, MIB, rateOf } from "./compare.ts";
import { SocketClient } from "./socket-client.ts";

/** Bytes from a client on the machine through a forward to a guest, against socat forwarding to socat. */
export const forwardThroughput: Bench = {
  name: "forward-throughput",
  unit: "MiB/s",
  better: "more",
  versus: "socat forwarding to another socat, 64 KiB writes, one way",
  skip: withoutSocat,
  async run(budget) {
    await using islet = await startForward("tcp-sink", 7778);
    await using socat = await startSocat(["-u"], "OPEN:/dev/null");
    const bytes = 64 * MIB;
    return await compare(
      budget,
      async () => rateOf(bytes, () => new SocketClient(islet.port).send(bytes)),
      async () => rateOf(bytes, () => new SocketClient(socat.port).send(bytes)),
      1,
    );
  },
};

/** 64 bytes from a client through a forward to a guest and back, against socat forwarding to socat. */
export const forwardRtt: Bench = {
  name: "forward-rtt",
  unit: "µs",
  better: "less",
  versus: "socat forwarding to another socat, 64 bytes there and back",
  skip: withoutSocat,
  async run(budget) {
    await using islet = await startForward("tcp-echo", 7777);
    await using socat = await startSocat([], "PIPE");
    using ours = new SocketClient(islet.port);
    using reference = new SocketClient(socat.port);
    return await compare(
      budget,
      (rounds) => timePerRound(ours, rounds),
      (rounds) => timePerRound(reference, rounds),
    );
  },
};

/** Memory of an idle forwarded connection, the guest's side included, against the process that socat has for each. */
export const forwardMemory: Bench = {
  name: "forward-memory",
  unit: "KiB",
  better: "less",
  versus: "the processes that socat has for one; ours is one of 5000, socat's one of 200",
  skip: withoutSocat,
  slow: true,
  async run() {
    await using islet = await startForward("tcp-echo", 7777);
    await using socat = await startSocat([], "PIPE");
    return {
      // The guest takes 8192.
      ours: await memoryOf(islet, 5000),
      reference: await memoryOf(socat, 200),
    };
  },
};

/** Microseconds a round. */
async function timePerRound(client: SocketClient, rounds: number): Promise<number> {
  const started = performance.now();
  await client.rounds(rounds, 64);
  return ((performance.now() - started) * 1000) / rounds;
}

/** A server behind a forward. */
interface Forwarded extends AsyncDisposable {
  readonly port: number;
  readonly processes: readonly ChildProcess[];
}

function withoutSocat(): string | undefined {
  try {
    execFileSync("socat", ["-V"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "socat is not installed";
  }
}

/** `islet run` with a guest that anybody on this machine reaches at the port. */
async function startForward(guest: GuestName, guestPort: number): Promise<Forwarded> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-bench-")));
  const limits = { sockets: 16_000, bufferedBytes: "256Mi" };
  const manifest = join(path, "forward.yaml");
  const service = { guest, resources: { limits } };
  await writeFile(manifest, manifestOf([{ name: "bench", service }]));
  const main = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
  const port = await freePort();
  const args = ["run", manifest, "--http", "127.0.0.1:0", "--api", "127.0.0.1:0"];
  const forward = ["--forward", `127.0.0.1:${port}:${guestPort}`];
  const islet = stack.use(
    await startServer([main, ...args, ...forward], {
      XDG_RUNTIME_DIR: path,
      XDG_STATE_HOME: path,
    }),
  );
  await untilAccepted(port);
  const owned = stack.move();
  return {
    port,
    processes: [islet.process],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Two processes of socat: the first forwards to the second, which serves `address`. */
async function startSocat(options: readonly string[], address: string): Promise<Forwarded> {
  const [port, inner] = [await freePort(), await freePort()];
  const processes = [
    spawn("socat", [...options, "-b65536", listenAt(inner), address], { stdio: "ignore" }),
    spawn("socat", ["-b65536", listenAt(port), `TCP4:127.0.0.1:${inner},nodelay`], {
      stdio: "ignore",
    }),
  ];
  await untilAccepted(inner);
  await untilAccepted(port);
  return {
    port,
    processes,
    async [Symbol.asyncDispose]() {
      for (const process of processes) process.kill();
      await Promise.all(processes.map((process) => once(process, "exit")));
    },
  };
}

function listenAt(port: number): string {
  return `TCP4-LISTEN:${port},fork,reuseaddr,nodelay,backlog=512`;
}

/** KiB that one more connection takes in the processes behind it. */
async function memoryOf({ port, processes }: Forwarded, count: number): Promise<number> {
  const before = memory(processes);
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: 100 }, () => connect({ port, host: "127.0.0.1" }));
    sockets.push(...some);
    for (const socket of some) socket.write("x");
    await Promise.all(some.map((socket) => once(socket, "data")));
  }
  const after = memory(processes);
  for (const socket of sockets) socket.destroy();
  return (after - before) / count;
}

/** KiB of these processes and their children, what they share counted once. */
function memory(processes: readonly ChildProcess[]): number {
  return processes.reduce((total, { pid = 0 }) => total + memoryOfTree(pid), 0);
}

function memoryOfTree(pid: number): number {
  let own = 0;
  let children: string[] = [];
  try {
    own = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  } catch {
    // It has ended.
  }
  return children
    .filter((child) => child !== "")
    .reduce((total, child) => total + memoryOfTree(Number(child)), own);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("There is no free port");
  return address.port;
}

async function untilAccepted(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: "127.0.0.1" });
    try {
      await once(socket, "connect");
      return;
    } catch {
      await setTimeout(20);
    } finally {
      socket.destroy();
    }
  }
}
