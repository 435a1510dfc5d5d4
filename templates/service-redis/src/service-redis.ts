import type * as Run from "wasi:cli/run@0.2.12";
import { now } from "wasi:clocks/wall-clock@0.2.12";
import { Database } from "./database.ts";
import { serveTcp } from "./lib/serve-tcp.ts";
import { RedisSession } from "./session.ts";

/** Redis' port. */
const PORT = 6379;

/** The service: a key-value store in memory, which any client of Redis can use. */
export const run: typeof Run = {
  run() {
    const database = new Database(() => {
      const { seconds, nanoseconds } = now();
      return seconds * 1000 + nanoseconds / 1e6;
    });
    serveTcp(PORT, (connection) => new RedisSession(connection, database));
  },
};
