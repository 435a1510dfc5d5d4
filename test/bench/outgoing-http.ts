import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { parseLoopbackGrant } from "../../policy/loopback-grant.ts";
import { fetchText } from "../host/wasi/http/client-support.ts";
import { createGuest } from "../host/wasi/support.ts";
import { TestEgress } from "../host/wasi/egress/support.ts";
import { startServer } from "../support/host-process.ts";
import type { Bench } from "./bench.ts";
import { compare } from "./compare.ts";

/** Small requests through `wasi:http/outgoing-handler`, policy included, against undici sending them. */
export const outgoingHttp: Bench = {
  name: "outgoing-http",
  unit: "requests/s",
  better: "more",
  versus: "undici's Pool alone, to the same server, 64 at a time",
  async run(budget) {
    await using server = await startServer([SERVER]);
    const { port } = new URL(server.url);
    const grant = parseLoopbackGrant(port);
    if (grant === undefined) throw new Error("The server has no port");
    using egress = new TestEgress();
    using guest = createGuest(egress.options({ hostLoopback: true, loopbackGrants: [grant] }));
    const url = `http://host.wasmcloud.internal:${port}/`;
    const pool = new Pool(server.url, { connections: CONCURRENCY });
    try {
      return await compare(
        budget,
        (count) => requestRate(count, () => fetchText(guest, url)),
        (count) =>
          requestRate(count, async () => {
            const { body } = await pool.request({ path: "/", method: "GET" });
            await body.text();
          }),
        4000,
      );
    } finally {
      await pool.close();
    }
  },
};

const SERVER = fileURLToPath(new URL("reference/http-server.ts", import.meta.url));
const CONCURRENCY = 64;

async function requestRate(count: number, send: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return count / ((performance.now() - started) / 1000);
}
