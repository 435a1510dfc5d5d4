/**
 * `node spread-load.ts URL COUNT CONNECTIONS SECONDS`: asks the workloads scale-0 … scale-COUNT-1 in turn,
 * and prints how many requests a second were answered.
 */
import { Client } from "undici";

const [url = "", count = "1", connections = "32", seconds = "2"] = process.argv.slice(2);
const end = performance.now() + 1000 * Number(seconds);
let next = 0;

/** Returns how many of its requests were answered. */
async function ask(): Promise<number> {
  const client = new Client(url);
  let answered = 0;
  while (performance.now() < end) {
    const host = `scale-${next++ % Number(count)}.localhost`;
    const { statusCode, body } = await client.request({
      method: "GET",
      path: "/",
      headers: { host },
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${host} answered ${statusCode}`);
    answered += 1;
  }
  await client.close();
  return answered;
}

const answered = await Promise.all(Array.from({ length: Number(connections) }, ask));
console.log(answered.reduce((sum, each) => sum + each, 0) / Number(seconds));
