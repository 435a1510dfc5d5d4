import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CONTINUED, LINE_LENGTH_MAX, LineSink } from "../../../../host/wasi/cli/line-sink.ts";

describe("LineSink", () => {
  const cases: readonly (readonly [
    name: string,
    chunks: readonly (string | readonly number[])[],
    lines: readonly string[],
  ])[] = [
    ["splits at line feeds", ["one\ntwo\nthree\n"], ["one", "two", "three"]],
    ["keeps empty lines", ["\n\na\n\n"], ["", "", "a", ""]],
    ["drops the carriage return before a line feed only", ["a\r\nb\rc\n\r\n"], ["a", "b\rc", ""]],
    ["drops a carriage return that came in an earlier write", ["a\r", "\nb\n"], ["a", "b"]],
    ["joins what comes in pieces", ["o", "", "n", "e\nt", "wo\n"], ["one", "two"]],
    ["hands over the last line at the end", ["a\nrest"], ["a", "rest"]],
    ["adds no line at the end where there is none", ["a\n"], ["a"]],
    ["hands over nothing where nothing was written", ["", ""], []],
    ["keeps characters whole that come in pieces", [[0xf0, 0x9f], [0x98], [0x80, 0x0a]], ["😀"]],
    [
      "replaces what is not UTF-8",
      [[0x61, 0xff, 0x62, 0x0a, 0xc3, 0x0a]],
      ["a\u{FFFD}b", "\u{FFFD}"],
    ],
    ["replaces a character that the end cuts off", [[0x61, 0xe2, 0x82]], ["a\u{FFFD}"]],
    [
      "keeps a byte order mark and zero bytes",
      [[0xef, 0xbb, 0xbf, 0x61, 0x00, 0x0a]],
      ["\u{FEFF}a\0"],
    ],
  ];
  for (const [name, chunks, lines] of cases) {
    it(name, () => check(chunks, lines));
  }

  it("gives the same lines however the bytes are cut", () => {
    const text = "äöü\r\n€uro 😀\n\nlast ✓";
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks: number[][] = [];
      for (let at = 0; at < bytes.length; at += size)
        chunks.push([...bytes.subarray(at, at + size)]);
      check(chunks, ["äöü", "€uro 😀", "", "last ✓"]);
    }
  });

  it("takes a line of exactly the longest length", () => {
    const line = "x".repeat(LINE_LENGTH_MAX);
    check([`${line}\n${line}`], [line, line]);
  });

  it("cuts a longer line into pieces that say so", () => {
    const line = "x".repeat(LINE_LENGTH_MAX);
    check([`${line}yz\n`], [line + CONTINUED, "yz"]);
    check([line, line, "y"], [line + CONTINUED, line + CONTINUED, "y"]);
  });

  for (const [name, character] of [
    ["two", "é"],
    ["three", "€"],
    ["four", "😀"],
  ] as const) {
    it(`never cuts through a character of ${name} bytes`, () => {
      for (let offset = 0; offset < 5; offset += 1) {
        const text = "x".repeat(LINE_LENGTH_MAX - offset) + character.repeat(3);
        const lines = linesOf([text, "\n"]);
        assert.equal(lines.length, 2);
        assert.equal(lines.map((line) => line.replace(CONTINUED, "")).join(""), text);
        assert.ok(!lines.some((line) => line.includes("\u{FFFD}")));
      }
    });
  }

  it("goes on where a long line is nothing but invalid bytes", () => {
    for (const byte of [0x80, 0xc3, 0xff, 0xf0]) {
      const lines = linesOf([Array.from({ length: 3 * LINE_LENGTH_MAX }, () => byte)]);
      assert.equal(lines.join("").replaceAll(CONTINUED, "").length, 3 * LINE_LENGTH_MAX);
    }
  });

  it("refuses writes after its end and more than its capacity", () => {
    const lines: string[] = [];
    const sink = new LineSink((line) => lines.push(line));
    assert.throws(() => sink.write(new Uint8Array(sink.capacity + 1)), RangeError);
    sink.write(new Uint8Array(0));
    let told = 0;
    sink.whenWritable.add(() => (told += 1));
    sink.end();
    sink.end();
    sink.abort();
    assert.equal(told, 1);
    assert.equal(sink.closed, true);
    assert.equal(sink.capacity, 0);
    assert.equal(sink.failure, undefined);
    assert.throws(() => sink.write(Buffer.from("x")), RangeError);
    assert.deepEqual(lines, []);
  });
});

function check(chunks: readonly (string | readonly number[])[], expected: readonly string[]): void {
  assert.deepEqual(linesOf(chunks), expected);
}

function linesOf(chunks: readonly (string | readonly number[])[]): string[] {
  const lines: string[] = [];
  const sink = new LineSink((line) => lines.push(line));
  for (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : Uint8Array.from(chunk);
    for (let at = 0; at < bytes.length; at += sink.capacity)
      sink.write(bytes.subarray(at, at + sink.capacity));
  }
  sink.end();
  return lines;
}
