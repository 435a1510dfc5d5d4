import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  CommandParser,
  MAX_BULK,
  ProtocolError,
} from "../../../templates/service-redis/src/command-parser.ts";
import {
  fromByteString,
  toByteString,
} from "../../../templates/service-redis/src/lib/byte-string.ts";

function parse(...reads: string[]): (readonly string[])[] {
  const parser = new CommandParser();
  return reads.flatMap((read) => Array.from(parser.push(read)));
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

describe("CommandParser", () => {
  it("reads commands however they are cut", () => {
    const words = fc.array(fc.string({ unit: "binary-ascii" }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(words), fc.array(fc.nat(40)), (commands, cuts) => {
        let rest = commands.map(encode).join("");
        const reads: string[] = [];
        for (const cut of cuts) {
          reads.push(rest.slice(0, cut));
          rest = rest.slice(cut);
        }
        assert.deepEqual(parse(...reads, rest), commands);
      }),
    );
  });

  it("reads lines that a person types", () => {
    assert.deepEqual(parse("PING\r\n", "set  a\t1\n\r\n"), [["PING"], ["set", "a", "1"]]);
  });

  it("skips an array of nothing", () => {
    assert.deepEqual(parse("*0\r\n*-1\r\n", "PING\r\n"), [["PING"]]);
  });

  for (const [what, bytes] of [
    ["a count that is no number", "*x\r\n"],
    ["a count that is too large", "*99999999\r\n"],
    ["an argument without a length", "*1\r\n:1\r\n"],
    ["a length below zero", "*1\r\n$-1\r\n"],
    ["a length that is no number", "*1\r\n$1e3\r\n"],
    ["a length that is too large", `*1\r\n$${MAX_BULK + 1}\r\n`],
    ["an argument longer than it says", "*1\r\n$1\r\nabc\r\n"],
    ["a line without end", "x".repeat(70_000)],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parse(bytes), ProtocolError);
    });
  }

  it("refuses a command that is too big as a whole", () => {
    const argument = `$${MAX_BULK}\r\n${"x".repeat(MAX_BULK)}\r\n`;
    assert.throws(
      () => parse("*9\r\n", ...Array.from({ length: 9 }, () => argument)),
      ProtocolError,
    );
  });
});

describe("byte strings", () => {
  it("keep every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        assert.deepEqual(fromByteString(toByteString(bytes)), bytes);
      }),
    );
  });
});
