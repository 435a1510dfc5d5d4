import { type Commands, syntaxError, toInteger } from "../command.ts";
import type { Database } from "../database.ts";
import { globToRegExp } from "../glob.ts";
import { array, bulk, CommandError, integer, OK, type Reply } from "../reply.ts";

/** Commands on keys, whatever they hold. */
export const KEYS: Commands = {
  del: { arity: -2, run: remove },
  unlink: { arity: -2, run: remove },
  exists: {
    arity: -2,
    run: (database, ...keys) =>
      integer(keys.filter((key) => database.get(key) !== undefined).length),
  },
  type: {
    arity: 2,
    run: (database, key = "") => ({ tag: "simple", text: database.get(key)?.tag ?? "none" }),
  },
  keys: {
    arity: 2,
    run: (database, pattern = "") => {
      const matcher = globToRegExp(pattern);
      return array(database.keys().filter((key) => matcher.test(key)));
    },
  },
  scan: { arity: -2, run: scan },
  randomkey: {
    arity: 1,
    run: (database) => {
      const keys = database.keys();
      return bulk(keys[Math.floor(Math.random() * keys.length)]);
    },
  },
  rename: {
    arity: 3,
    run: (database, from = "", to = "") => {
      const value = database.get(from);
      if (value === undefined) throw new CommandError("ERR no such key");
      const expiresAt = database.expiresAt(from);
      const size = database.size;
      database.delete(from);
      const freed = size - database.size;
      database.delete(to);
      const before = database.size;
      database.set(to, value, expiresAt);
      // What the value had grown by since it was set under the old name.
      database.changed(to, value, freed - from.length + to.length - (database.size - before));
      return OK;
    },
  },
  expire: { arity: 3, run: (database, key, time) => expire(database, key, time, 1000) },
  pexpire: { arity: 3, run: (database, key, time) => expire(database, key, time, 1) },
  persist: {
    arity: 2,
    run: (database, key = "") => {
      if (database.expiresAt(key) === undefined) return integer(0);
      return integer(database.expire(key, undefined));
    },
  },
  ttl: { arity: 2, run: (database, key = "") => integer(timeLeft(database, key, 1000)) },
  pttl: { arity: 2, run: (database, key = "") => integer(timeLeft(database, key, 1)) },
};

function remove(database: Database, ...keys: readonly string[]): Reply {
  return integer(keys.filter((key) => database.delete(key)).length);
}

function expire(database: Database, key = "", time: string | undefined, unit: number): Reply {
  return integer(database.expire(key, database.now + toInteger(time) * unit));
}

/** -2 for no such key, -1 for one that stays. */
function timeLeft(database: Database, key: string, unit: number): number {
  if (database.get(key) === undefined) return -2;
  const at = database.expiresAt(key);
  return at === undefined ? -1 : Math.round((at - database.now) / unit);
}

/** All keys in one answer, which the protocol allows: the cursor is 0, there is nothing more. */
function scan(database: Database, cursor = "", ...options: readonly string[]): Reply {
  if (!/^\d{1,20}$/.test(cursor)) throw new CommandError("ERR invalid cursor");
  let matcher = /^/;
  let type: string | undefined;
  for (let at = 0; at < options.length; at += 2) {
    const value = options[at + 1];
    const word = options[at]?.toUpperCase();
    if (value === undefined) throw syntaxError();
    if (word === "MATCH") matcher = globToRegExp(value);
    else if (word === "TYPE") type = value.toLowerCase();
    else if (word === "COUNT") toInteger(value);
    else throw syntaxError();
  }
  const keys = cursor === "0" ? database.keys() : [];
  const found = keys.filter(
    (key) => matcher.test(key) && (type === undefined || database.get(key)?.tag === type),
  );
  return { tag: "array", items: [bulk("0"), array(found)] };
}
