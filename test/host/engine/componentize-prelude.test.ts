import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatLine } from "../../../host/engine/componentize-prelude/format-line.ts";
import { TextDecoder as GuestDecoder } from "../../../host/engine/componentize-prelude/text-decoder.ts";
import { TextEncoder as GuestEncoder } from "../../../host/engine/componentize-prelude/text-encoder.ts";

/** Well-formed and ill-formed sequences of every length, and Unicode's own examples of maximal parts. */
const BYTES: readonly number[][] = [
  [],
  [0x61],
  [0xef, 0xbb, 0xbf, 0x61],
  [0x61, 0xef, 0xbb, 0xbf],
  [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80],
  [0xc0, 0xaf, 0xe0, 0x80, 0xbf, 0xf0, 0x81, 0x82, 0x41],
  [0xed, 0xa0, 0x80, 0xed, 0xbf, 0xbf, 0xed, 0xaf, 0x41],
  [0xf4, 0x91, 0x92, 0x93, 0xff, 0x41, 0x80, 0xbf, 0x42],
  [0xe1, 0x80, 0xe2, 0xf0, 0x91, 0x92, 0xf1, 0xbf, 0x41],
  [0xf0, 0x9f, 0x98],
  [0xe2, 0x82],
  [0xc3],
  [0x80],
  [0xff, 0xfe],
];

describe("the guests' TextEncoder", () => {
  for (const text of ["", "ascii\0\n", "é€😀", "\uD800", "a\uDC00b", "\uFEFFx"]) {
    it(`encodes ${JSON.stringify(text)} as the standard has it`, () => {
      assert.deepEqual(new GuestEncoder().encode(text), new TextEncoder().encode(text));
    });
  }
});

describe("the guests' TextDecoder", () => {
  for (const bytes of BYTES) {
    const input = Uint8Array.from(bytes);
    it(`decodes [${input.toHex()}] as the standard has it`, () => {
      for (const ignoreBOM of [false, true]) {
        const expected = new TextDecoder("utf-8", { ignoreBOM }).decode(input);
        assert.equal(new GuestDecoder("utf-8", { ignoreBOM }).decode(input), expected);
      }
    });

    it(`decodes [${input.toHex()}] in any pieces`, () => {
      for (let cut = 0; cut <= input.length; cut++) {
        assert.deepEqual(
          inPieces(new GuestDecoder(), input, cut),
          inPieces(new TextDecoder(), input, cut),
        );
      }
    });
  }

  it("decodes bytes of all kinds as the standard has it", () => {
    // A fixed sequence (a linear congruential generator), rich in lead and continuation bytes.
    let state = 1;
    const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(
        { length: 1 + (next() % 12) },
        () => 0x7e + ((next() >> 8) % 0x82),
      );
      assert.equal(
        new GuestDecoder().decode(bytes),
        new TextDecoder().decode(bytes),
        bytes.toHex(),
      );
    }
  });

  it("throws for bytes that are not UTF-8 when told to", () => {
    const decoder = new GuestDecoder("utf-8", { fatal: true });
    assert.throws(() => decoder.decode(Uint8Array.of(0xff)), TypeError);
    assert.equal(decoder.decode(Uint8Array.of(0x61)), "a");
  });

  it("takes buffers and views, and nothing", () => {
    const { buffer } = Uint8Array.of(0x61, 0x62, 0x63);
    assert.equal(new GuestDecoder("UTF8").decode(buffer), "abc");
    assert.equal(new GuestDecoder().decode(new DataView(buffer, 1, 1)), "b");
    assert.equal(new GuestDecoder().decode(), "");
  });

  it("refuses other encodings", () => {
    assert.throws(() => new GuestDecoder("latin1"), RangeError);
  });
});

describe("formatLine", () => {
  it("joins values with blanks, strings as they are", () => {
    assert.equal(formatLine(["a", 1, 2n, null, undefined, true]), "a 1 2 null undefined true");
  });

  it("writes objects as JSON, also those with 64-bit integers", () => {
    assert.equal(formatLine([{ a: [1, "b"], c: 3n }]), '{"a":[1,"b"],"c":"3"}');
  });

  it("writes an object that contains itself, and one without prototype", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    assert.equal(formatLine([cycle, Object.create(null)]), "[object Object] {}");
  });

  it("writes an error with its message once, whether or not the engine has it in the trace", () => {
    const error = new TypeError("boom");
    error.stack = "    at f (a.js:1:2)\n";
    assert.equal(formatLine([error]), "TypeError: boom\n    at f (a.js:1:2)");
    error.stack = "TypeError: boom\n    at f (a.js:1:2)";
    assert.equal(formatLine([error]), "TypeError: boom\n    at f (a.js:1:2)");
    error.stack = "";
    assert.equal(formatLine([error]), "TypeError: boom");
  });
});

function inPieces(
  decoder: GuestDecoder | TextDecoder,
  bytes: Uint8Array,
  cut: number,
): readonly string[] {
  return [
    decoder.decode(bytes.subarray(0, cut), { stream: true }) +
      decoder.decode(bytes.subarray(cut), { stream: true }) +
      decoder.decode(),
    // The next text starts anew.
    decoder.decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)),
  ];
}
