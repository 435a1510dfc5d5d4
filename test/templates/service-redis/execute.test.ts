import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Database, MAX_SIZE } from "../../../templates/service-redis/src/database.ts";
import { execute } from "../../../templates/service-redis/src/execute.ts";
import { encode } from "../../../templates/service-redis/src/reply.ts";

/** A database at a time that the test sets. */
function createStore(): { ask: (...words: string[]) => string; clock: { now: number } } {
  const clock = { now: 1_000_000 };
  const database = new Database(() => clock.now);
  return { clock, ask: (...words) => encode(execute(database, words)) };
}

/** Runs one conversation: each line is a command and, behind `→`, its reply with `|` for a line end. */
function check(conversation: string): void {
  const { ask } = createStore();
  for (const line of conversation.trim().split("\n")) {
    const [command = "", reply = ""] = line.split("→").map((part) => part.trim());
    const expected = reply === "" ? "" : `${reply.replaceAll("|", "\r\n")}\r\n`;
    assert.equal(ask(...command.split(" ")), expected, command);
  }
}

describe("service-redis", () => {
  it("answers what clients ask to get to know it", () => {
    check(`
      PING → +PONG
      ping hello → $5|hello
      ECHO x → $1|x
      SELECT 0 → +OK
      SELECT 1 → -ERR DB index is out of range
      COMMAND DOCS → *0
      CONFIG GET save → *0
      CLIENT SETINFO LIB-NAME x → +OK
      CLIENT KILL x → -ERR unknown subcommand 'KILL'
    `);
  });

  it("says what is wrong with a command", () => {
    check(`
      NOSUCH a → -ERR unknown command 'NOSUCH'
      __proto__ → -ERR unknown command '__proto__'
      GET → -ERR wrong number of arguments for 'get' command
      GET a b → -ERR wrong number of arguments for 'get' command
      MSET a → -ERR wrong number of arguments for 'mset' command
      MSET a 1 b → -ERR wrong number of arguments for 'mset' command
      SET a 1 EX → -ERR syntax error
      SET a 1 EX 0 → -ERR invalid expire time in 'set' command
      SET a 1 EX x → -ERR value is not an integer or out of range
      SET a 1 NX XX → -ERR syntax error
      SCAN x → -ERR invalid cursor
      SCAN 0 MATCH → -ERR syntax error
    `);
  });

  it("stores values", () => {
    check(`
      GET a → $-1
      SET a 1 → +OK
      GET a → $1|1
      SET a 2 NX → $-1
      SET a 2 XX → +OK
      SET a 3 GET → $1|2
      SET b 1 XX → $-1
      APPEND a 45 → :3
      STRLEN a → :3
      INCR a → :346
      DECRBY a 6 → :340
      SET w word → +OK
      INCR w → -ERR value is not an integer or out of range
      MSET x 1 y 2 → +OK
      MGET x none y → *3|$1|1|$-1|$1|2
      GETDEL x → $1|1
      EXISTS x y y → :2
      DEL x y → :1
      DBSIZE → :2
      TYPE a → +string
      TYPE none → +none
    `);
  });

  it("refuses to count past what it can hold", () => {
    check(`
      SET a 9007199254740991 → +OK
      INCR a → -ERR increment or decrement would overflow
      GET a → $16|9007199254740991
    `);
  });

  it("stores lists, hashes and sets", () => {
    check(`
      RPUSH l b c → :2
      LPUSH l a → :3
      LRANGE l 0 -1 → *3|$1|a|$1|b|$1|c
      LRANGE l 1 1 → *1|$1|b
      LRANGE l 5 9 → *0
      LINDEX l -1 → $1|c
      LPOP l → $1|a
      RPOP l → $1|c
      RPOP l → $1|b
      RPOP l → $-1
      EXISTS l → :0
      HSET h f 1 g 2 → :2
      HSET h f 3 → :0
      HGETALL h → *4|$1|f|$1|3|$1|g|$1|2
      HMGET h g z → *2|$1|2|$-1
      HDEL h f z → :1
      HLEN h → :1
      SADD s a b a → :2
      SADD s b c → :1
      SISMEMBER s c → :1
      SREM s a z → :1
      SCARD s → :2
      GET s → -WRONGTYPE Operation against a key holding the wrong kind of value
      SADD h x → -WRONGTYPE Operation against a key holding the wrong kind of value
    `);
  });

  it("finds keys by patterns", () => {
    check(`
      MSET user:1 a user:2 b us.r c → +OK
      KEYS user:* → *2|$6|user:1|$6|user:2
      KEYS us?r* → *3|$6|user:1|$6|user:2|$4|us.r
      KEYS us.r → *1|$4|us.r
      KEYS user:[2-9] → *1|$6|user:2
      KEYS user:[^2] → *1|$6|user:1
      SCAN 0 MATCH *1 → *2|$1|0|*1|$6|user:1
      SCAN 7 → *2|$1|0|*0
      RENAME us.r z → +OK
      RENAME us.r z → -ERR no such key
      GET z → $1|c
    `);
  });

  it("forgets a key once it has expired", () => {
    const { ask, clock } = createStore();
    ask("SET", "a", "1", "PX", "500");
    ask("SET", "b", "1");
    ask("EXPIRE", "b", "2");
    assert.equal(ask("PTTL", "a"), ":500\r\n");
    assert.equal(ask("TTL", "b"), ":2\r\n");
    clock.now += 500;
    assert.equal(ask("GET", "a"), "$-1\r\n");
    assert.equal(ask("TTL", "a"), ":-2\r\n");
    assert.equal(ask("PERSIST", "b"), ":1\r\n");
    clock.now += 5000;
    assert.equal(ask("TTL", "b"), ":-1\r\n");
    ask("EXPIRE", "b", "-1");
    assert.equal(ask("DBSIZE"), ":0\r\n");
  });

  it("keeps the expiry of a number that it counts", () => {
    const { ask, clock } = createStore();
    ask("SET", "a", "1", "EX", "1");
    ask("INCR", "a");
    clock.now += 1000;
    assert.equal(ask("EXISTS", "a"), ":0\r\n");
  });

  it("takes no more than it has room for, and takes again when something is gone", () => {
    const { ask } = createStore();
    const value = "x".repeat(1024 * 1024);
    let stored = 0;
    while (ask("RPUSH", `k${stored % 4}`, value).startsWith(":")) stored += 1;
    assert.equal(stored, MAX_SIZE / value.length);
    assert.match(ask("SET", "a", "1"), /^-OOM /);
    ask("RENAME", "k0", "k9");
    assert.match(ask("SET", "a", "1"), /^-OOM /);
    ask("DEL", "k9");
    assert.equal(ask("SET", "a", "1"), "+OK\r\n");
    ask("FLUSHALL");
    assert.match(ask("INFO"), /used_memory:0/);
  });

  it("counts what changes in place, both ways", () => {
    const { ask } = createStore();
    ask("RPUSH", "l", "abc", "de");
    ask("HSET", "h", "f", "12345", "f", "1");
    ask("HSET", "h", "f", "123");
    ask("SADD", "s", "x", "y");
    for (const words of ["LPOP l", "RPOP l", "HDEL h f", "SREM s x y"]) ask(...words.split(" "));
    assert.match(ask("INFO"), /used_memory:0\r\n/);
  });

  it("ends no error in the middle", () => {
    const { ask } = createStore();
    assert.equal(ask("no\r\n+OK"), "-ERR unknown command 'no  +OK'\r\n");
  });
});
