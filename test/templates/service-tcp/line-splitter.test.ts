import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LineSplitter } from "../../../templates/service-tcp/src/lib/line-splitter.ts";

const encoder = new TextEncoder();

function split(reads: readonly (string | Uint8Array)[], maxLine = 64): LineSplitterResult {
  const splitter = new LineSplitter(maxLine);
  const lines = reads.flatMap((read) =>
    splitter.push(typeof read === "string" ? encoder.encode(read) : read),
  );
  return { lines, last: splitter.end(), tooLong: splitter.tooLong };
}

interface LineSplitterResult {
  readonly lines: readonly string[];
  readonly last: string | undefined;
  readonly tooLong: boolean;
}

describe("LineSplitter", () => {
  const cases: readonly [string, readonly string[], readonly string[], string | undefined][] = [
    ["one line in one read", ["hello\n"], ["hello"], undefined],
    ["several lines in one read", ["a\nb\nc\n"], ["a", "b", "c"], undefined],
    ["one line over several reads", ["he", "l", "lo\n"], ["hello"], undefined],
    [
      "the end of one line and the start of the next",
      ["a", "b\nc", "d\n"],
      ["ab", "cd"],
      undefined,
    ],
    ["CRLF", ["a\r\nb\r\n"], ["a", "b"], undefined],
    ["CRLF over two reads", ["a\r", "\nb\n"], ["a", "b"], undefined],
    ["empty lines", ["\n\r\n\n"], ["", "", ""], undefined],
    ["a carriage return inside of a line", ["a\rb\n"], ["a\rb"], undefined],
    ["a last line without newline", ["a\nb"], ["a"], "b"],
    ["empty reads", ["", "a", "", "\n", ""], ["a"], undefined],
    ["nothing at all", [], [], undefined],
  ];
  for (const [title, reads, lines, last] of cases) {
    it(`takes ${title}`, () => {
      assert.deepEqual(split(reads), { lines, last, tooLong: false });
    });
  }

  it("puts characters together that are cut anywhere", () => {
    const text = "é€😀 ünï\n漢字\n";
    const bytes = encoder.encode(text);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const reads = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
        assert.deepEqual(split(reads).lines, ["é€😀 ünï", "漢字"]);
      }
    }
  });

  it("replaces bytes that are not UTF-8", () => {
    assert.deepEqual(split([Uint8Array.of(0x61, 0xff, 0x62, 0x0a)]).lines, ["a\uFFFDb"]);
  });

  it("leaves byte order marks where they are", () => {
    assert.deepEqual(split(["\uFEFFa\n\uFEFFb\n"]).lines, ["\uFEFFa", "\uFEFFb"]);
  });

  it("takes a line of the greatest length, in bytes, with either end", () => {
    const line = "é".repeat(5);
    for (const end of ["\n", "\r\n"]) {
      assert.deepEqual(split([line, end], 10), { lines: [line], last: undefined, tooLong: false });
    }
  });

  it("refuses a line that is one byte longer, and drops what follows", () => {
    for (const end of ["\n", "\r\n"]) {
      const reads = [`a\n${"b".repeat(11)}${end}c\n`, "d\n"];
      assert.deepEqual(split(reads, 10), { lines: ["a"], last: undefined, tooLong: true });
    }
  });

  it("refuses a line without end before it has arrived", () => {
    const splitter = new LineSplitter(10);
    for (let read = 0; read < 4; read++) splitter.push(encoder.encode("abcd"));
    assert.equal(splitter.tooLong, true);
    assert.equal(splitter.end(), undefined);
  });

  it("refuses a last line without newline that is too long", () => {
    assert.deepEqual(split(["b".repeat(11)], 10), { lines: [], last: undefined, tooLong: true });
  });
});
