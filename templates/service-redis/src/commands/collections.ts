import { type Commands, pairs, toInteger } from "../command.ts";
import type { Database } from "../database.ts";
import { array, bulk, integer, type Reply } from "../reply.ts";

/** Commands on keys that hold a list, a hash or a set. */
export const COLLECTIONS: Commands = {
  lpush: {
    arity: -3,
    stores: true,
    run: (database, key, ...items) => push(database, "left", key, items),
  },
  rpush: {
    arity: -3,
    stores: true,
    run: (database, key, ...items) => push(database, "right", key, items),
  },
  lpop: { arity: 2, run: (database, key) => pop(database, "left", key) },
  rpop: { arity: 2, run: (database, key) => pop(database, "right", key) },
  llen: { arity: 2, run: (database, key = "") => integer(list(database, key).length) },
  lindex: {
    arity: 3,
    run: (database, key = "", at) => bulk(list(database, key).at(toInteger(at))),
  },
  lrange: {
    arity: 4,
    run: (database, key = "", first, last) => {
      const items = list(database, key);
      const end = toInteger(last);
      return array(items.slice(toInteger(first), end === -1 ? undefined : end + 1));
    },
  },
  hset: {
    arity: -4,
    stores: true,
    run: (database, key = "", ...args) => {
      const entries = pairs(args, "hset");
      const hash = database.getOrMake(key, "hash", () => ({ tag: "hash", fields: new Map() }));
      const before = hash.fields.size;
      let growth = 0;
      for (const [field, value] of entries) {
        const old = hash.fields.get(field);
        growth += value.length - (old?.length ?? -field.length);
        hash.fields.set(field, value);
      }
      database.changed(key, hash, growth);
      return integer(hash.fields.size - before);
    },
  },
  hget: {
    arity: 3,
    run: (database, key = "", field = "") => bulk(fields(database, key).get(field)),
  },
  hmget: {
    arity: -3,
    run: (database, key = "", ...names) => {
      const hash = fields(database, key);
      return array(names.map((name) => hash.get(name)));
    },
  },
  hgetall: { arity: 2, run: (database, key = "") => array([...fields(database, key)].flat()) },
  hkeys: { arity: 2, run: (database, key = "") => array(fields(database, key).keys()) },
  hvals: { arity: 2, run: (database, key = "") => array(fields(database, key).values()) },
  hlen: { arity: 2, run: (database, key = "") => integer(fields(database, key).size) },
  hexists: {
    arity: 3,
    run: (database, key = "", field = "") => integer(fields(database, key).has(field)),
  },
  hdel: {
    arity: -3,
    run: (database, key = "", ...names) => {
      const hash = database.getAs(key, "hash");
      if (hash === undefined) return integer(0);
      let removed = 0;
      let freed = 0;
      for (const name of names) {
        const value = hash.fields.get(name);
        if (value === undefined) continue;
        hash.fields.delete(name);
        removed += 1;
        freed += name.length + value.length;
      }
      database.changed(key, hash, -freed);
      return integer(removed);
    },
  },
  sadd: {
    arity: -3,
    stores: true,
    run: (database, key = "", ...members) => {
      const set = database.getOrMake(key, "set", () => ({ tag: "set", members: new Set() }));
      const added = [...new Set(members)].filter((member) => !set.members.has(member));
      for (const member of added) set.members.add(member);
      database.changed(key, set, bytes(added));
      return integer(added.length);
    },
  },
  srem: {
    arity: -3,
    run: (database, key = "", ...members) => {
      const set = database.getAs(key, "set");
      if (set === undefined) return integer(0);
      const removed = members.filter((member) => set.members.delete(member));
      database.changed(key, set, -bytes(removed));
      return integer(removed.length);
    },
  },
  smembers: {
    arity: 2,
    run: (database, key = "") => array(database.getAs(key, "set")?.members ?? []),
  },
  scard: {
    arity: 2,
    run: (database, key = "") => integer(database.getAs(key, "set")?.members.size ?? 0),
  },
  sismember: {
    arity: 3,
    run: (database, key = "", member = "") =>
      integer(database.getAs(key, "set")?.members.has(member) ?? false),
  },
};

type End = "left" | "right";

function list(database: Database, key: string): readonly string[] {
  return database.getAs(key, "list")?.items ?? [];
}

function fields(database: Database, key: string): ReadonlyMap<string, string> {
  return database.getAs(key, "hash")?.fields ?? new Map<string, string>();
}

function push(database: Database, end: End, key = "", items: readonly string[]): Reply {
  const value = database.getOrMake(key, "list", () => ({ tag: "list", items: [] }));
  for (const item of items) {
    if (end === "left") value.items.unshift(item);
    else value.items.push(item);
  }
  database.changed(key, value, bytes(items));
  return integer(value.items.length);
}

function pop(database: Database, end: End, key = ""): Reply {
  const value = database.getAs(key, "list");
  const item = end === "left" ? value?.items.shift() : value?.items.pop();
  if (value !== undefined && item !== undefined) database.changed(key, value, -item.length);
  return bulk(item);
}

function bytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
