import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { hostQuotaLimits } from "../../host/network/descriptor-limit.ts";
import { requestRate } from "../bench/load.ts";
import { startServer } from "../support/host-process.ts";
import type { Check } from "./check.ts";

/** Connections that never come to the end of their head; fewer where the process may not open as many. */
const CONNECTIONS = Math.min(10_000, hostQuotaLimits().socket ?? 0);

/** How requests fare while thousands of connections drip their heads into the ingress; rejects where one fails. */
export async function soakSlowLoris(): Promise<readonly Check[]> {
  console.log(`${CONNECTIONS} connections that never finish their request …`);
  const program = fileURLToPath(new URL("../bench/reference/routes-server.ts", import.meta.url));
  await using server = await startServer([program, "1"]);
  const load = { url: server.url, connections: 32, seconds: 3 };
  await requestRate(load);
  const before = await requestRate(load);
  const attackers: Socket[] = [];
  try {
    for (let index = 0; index < CONNECTIONS; index += 1) {
      attackers.push(await drip(Number(new URL(server.url).port)));
    }
    const during = await requestRate(load);
    const [usual, slowed] = [1e6 / before, 1e6 / during];
    const name = `a request beside ${CONNECTIONS} slow ones`;
    return [{ name, before: usual, after: slowed, tolerance: 4 * usual, unit: "µs" }];
  } finally {
    for (const socket of attackers) socket.destroy();
  }
}

async function drip(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const dripping = setInterval(() => socket.write("x: y\r\n"), 5000);
  socket.on("error", () => undefined).once("close", () => clearInterval(dripping));
  socket.resume().write("GET / HTTP/1.1\r\nhost: a\r\n");
  return socket;
}
