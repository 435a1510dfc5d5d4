import type { Commands } from "../command.ts";
import { MAX_SIZE } from "../database.ts";
import { array, bulk, CommandError, integer, OK, type Reply } from "../reply.ts";

const EMPTY: Reply = { tag: "array", items: [] };

/** Commands on the server itself, and those that clients send to get to know it. */
export const SERVER: Commands = {
  ping: {
    arity: -1,
    run: (_database, text) => (text === undefined ? { tag: "simple", text: "PONG" } : bulk(text)),
  },
  echo: { arity: 2, run: (_database, text) => bulk(text) },
  select: {
    arity: 2,
    run: (_database, index) => {
      if (index !== "0") throw new CommandError("ERR DB index is out of range");
      return OK;
    },
  },
  dbsize: { arity: 1, run: (database) => integer(database.keys().length) },
  flushdb: {
    arity: -1,
    run: (database) => {
      database.clear();
      return OK;
    },
  },
  flushall: {
    arity: -1,
    run: (database) => {
      database.clear();
      return OK;
    },
  },
  time: {
    arity: 1,
    run: ({ now }) =>
      array([String(Math.floor(now / 1000)), String(Math.floor((now % 1000) * 1000))]),
  },
  info: {
    arity: -1,
    run: (database) => {
      const lines = [
        "# Server",
        "redis_mode:standalone",
        "# Memory",
        `used_memory:${database.size}`,
        `maxmemory:${MAX_SIZE}`,
        "maxmemory_policy:noeviction",
        "# Keyspace",
        `db0:keys=${database.keys().length}`,
      ];
      return bulk(`${lines.join("\r\n")}\r\n`);
    },
  },
  // A client without this list has no help for commands, which is all that it loses.
  command: { arity: -1, run: () => EMPTY },
  config: {
    arity: -2,
    run: (_database, what = "") => {
      if (what.toLowerCase() === "get") return EMPTY;
      throw new CommandError(`ERR unknown subcommand '${what}'`);
    },
  },
  client: {
    arity: -2,
    run: (_database, what = "") => {
      const name = what.toLowerCase();
      if (name === "setname" || name === "setinfo") return OK;
      throw new CommandError(`ERR unknown subcommand '${what}'`);
    },
  },
};
