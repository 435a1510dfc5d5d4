import { type Commands, pairs, syntaxError, toInteger } from "../command.ts";
import type { Database } from "../database.ts";
import { array, bulk, CommandError, integer, NIL, OK, type Reply } from "../reply.ts";

/** Commands on keys that hold one value each. */
export const STRINGS: Commands = {
  get: { arity: 2, run: (database, key = "") => bulk(text(database, key)) },
  set: { arity: -3, stores: true, run: set },
  setnx: {
    arity: 3,
    stores: true,
    run: (database, key = "", value = "") => {
      if (database.get(key) !== undefined) return integer(0);
      database.set(key, { tag: "string", text: value });
      return integer(1);
    },
  },
  setex: {
    arity: 4,
    stores: true,
    run: (database, key = "", seconds, value = "") =>
      set(database, key, value, "EX", seconds ?? ""),
  },
  getset: {
    arity: 3,
    stores: true,
    run: (database, key = "", value = "") => set(database, key, value, "GET"),
  },
  getdel: {
    arity: 2,
    run: (database, key = "") => {
      const value = text(database, key);
      database.delete(key);
      return bulk(value);
    },
  },
  mget: {
    arity: -2,
    run: (database, ...keys) =>
      array(
        keys.map((key) => {
          const value = database.get(key);
          return value?.tag === "string" ? value.text : undefined;
        }),
      ),
  },
  mset: {
    arity: -3,
    stores: true,
    run: (database, ...args) => {
      for (const [key, value] of pairs(args, "mset")) {
        database.set(key, { tag: "string", text: value });
      }
      return OK;
    },
  },
  append: {
    arity: 3,
    stores: true,
    run: (database, key = "", more = "") => {
      const value = database.getOrMake(key, "string", () => ({ tag: "string", text: "" }));
      value.text += more;
      database.changed(key, value, more.length);
      return integer(value.text.length);
    },
  },
  strlen: {
    arity: 2,
    run: (database, key = "") => integer(text(database, key)?.length ?? 0),
  },
  incr: { arity: 2, stores: true, run: (database, key = "") => add(database, key, 1) },
  decr: { arity: 2, stores: true, run: (database, key = "") => add(database, key, -1) },
  incrby: {
    arity: 3,
    stores: true,
    run: (database, key = "", by) => add(database, key, toInteger(by)),
  },
  decrby: {
    arity: 3,
    stores: true,
    run: (database, key = "", by) => add(database, key, -toInteger(by)),
  },
};

function text(database: Database, key: string): string | undefined {
  return database.getAs(key, "string")?.text;
}

function add(database: Database, key: string, by: number): Reply {
  const sum = toInteger(text(database, key) ?? "0") + by;
  if (!Number.isSafeInteger(sum)) {
    throw new CommandError("ERR increment or decrement would overflow");
  }
  database.set(key, { tag: "string", text: String(sum) }, database.expiresAt(key));
  return integer(sum);
}

/** What may stand behind `SET key value`. */
interface SetOptions {
  readonly only: "absent" | "present" | undefined;
  readonly wantsOld: boolean;
  /** The instant, `keep` for that of the present value, undefined for none. */
  readonly expiry: number | "keep" | undefined;
}

function set(database: Database, key = "", value = "", ...rest: readonly string[]): Reply {
  const options = readSetOptions(rest, database.now);
  const old = options.wantsOld ? text(database, key) : undefined;
  const exists = database.get(key) !== undefined;
  const may = options.only === undefined || (options.only === "present") === exists;
  if (may) {
    const expiry = options.expiry === "keep" ? database.expiresAt(key) : options.expiry;
    database.set(key, { tag: "string", text: value }, expiry);
  }
  if (options.wantsOld) return bulk(old);
  return may ? OK : NIL;
}

const EXPIRY_UNIT: Readonly<Record<string, number>> = { EX: 1000, PX: 1, EXAT: 1000, PXAT: 1 };

function readSetOptions(args: readonly string[], now: number): SetOptions {
  let only: SetOptions["only"];
  let wantsOld = false;
  let expiry: SetOptions["expiry"];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]?.toUpperCase() ?? "";
    const unit = EXPIRY_UNIT[word];
    if ((word === "NX" || word === "XX") && only === undefined) {
      only = word === "NX" ? "absent" : "present";
    } else if (word === "GET") {
      wantsOld = true;
    } else if (word === "KEEPTTL" && expiry === undefined) {
      expiry = "keep";
    } else if (unit !== undefined && expiry === undefined && at + 1 < args.length) {
      const time = toInteger(args[++at]) * unit;
      if (time <= 0) throw new CommandError("ERR invalid expire time in 'set' command");
      expiry = word.endsWith("AT") ? time : now + time;
    } else {
      throw syntaxError();
    }
  }
  return { only, wantsOld, expiry };
}
