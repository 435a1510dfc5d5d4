import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bore, startBore } from "../support/bore.ts";
import type { Bench } from "./bench.ts";
import { compare, MIB, rateOf } from "./compare.ts";
import { NetPeer } from "./net-peer.ts";

/** Bytes from a visitor through server and client to a service, one way, against bore's own two programs. */
export const tunnelThroughput: Bench = {
  name: "tunnel-throughput",
  unit: "MiB/s",
  better: "more",
  versus: "bore's server and client, the same bytes to a server of node:net",
  skip: () => (bore === undefined ? "there is no bore here (cargo install bore-cli)" : undefined),
  async run(budget) {
    using sink = await NetPeer.start(swallow, SINK);
    await using stack = new AsyncDisposableStack();
    const ours = await openOurs(stack);
    const theirs = await openBore(stack);
    const bytes = 128 * MIB;
    void sink;
    return await compare(
      budget,
      async () => rateOf(bytes, () => push(ours, bytes)),
      async () => rateOf(bytes, () => push(theirs, bytes)),
      1,
    );
  },
};

const SINK = 22_777;
const OURS = "127.0.0.76";
const THEIRS = "127.0.0.77";

/** Where a visitor connects. */
interface Door {
  readonly host: string;
  readonly port: number;
}

async function openOurs(stack: AsyncDisposableStack): Promise<Door> {
  const main = fileURLToPath(new URL("../../host/main.ts", import.meta.url));
  const range = ["--min-port", "22000", "--max-port", "22099"];
  await start(stack, [main, "tunnel", "serve", "--bind", OURS, ...range], /Tunnel server at/);
  const client = fileURLToPath(new URL("./tunnel-client.ts", import.meta.url));
  const [, port] = await start(stack, [client, OURS], /^port (\d+)$/);
  return { host: OURS, port: Number(port) };
}

async function openBore(stack: AsyncDisposableStack): Promise<Door> {
  const range = ["--min-port", "22000", "--max-port", "22099"];
  const server = stack.use(startBore(["server", "--bind-addr", THEIRS, ...range]));
  await server.until("listening");
  const args = ["local", String(SINK), "-l", "127.0.0.1", "--to", THEIRS];
  const client = stack.use(startBore(args));
  const [, port] = /:(\d+)\s*$/.exec(await client.until("listening at")) ?? [];
  return { host: THEIRS, port: Number(port) };
}

/** Starts a Node program, and waits for a line that it prints. */
async function start(
  stack: AsyncDisposableStack,
  args: readonly string[],
  expected: RegExp,
): Promise<RegExpExecArray> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  stack.defer(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = expected.exec(line);
    if (match !== null) return match;
  }
  throw new Error(`${args.join(" ")} ended`);
}

/** Reads to the end, and then ends. */
function swallow(socket: Socket): void {
  socket.resume();
  socket.on("end", () => socket.end());
}

async function push({ host, port }: Door, bytes: number): Promise<void> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  await once(socket, "connect");
  const chunk = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, "drain");
  }
  socket.end();
  socket.resume();
  await once(socket, "close");
}
