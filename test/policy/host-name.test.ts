import assert from "node:assert/strict";
import { isIP } from "node:net";
import { array, assert as assertProperty, constantFrom, property } from "fast-check";
import { describe, it } from "mocha";
import { toHostName } from "../../policy/host-name.ts";

describe("toHostName", () => {
  const names: Readonly<Record<string, string>> = {
    "example.com": "example.com",
    "EXAMPLE.Com": "example.com",
    "example.com.": "example.com",
    localhost: "localhost",
    _dns: "_dns",
    "a_b.example": "a_b.example",
    "1.example": "1.example",
    "1e100.net": "1e100.net",
    "3com": "3com",
    "bücher.de": "xn--bcher-kva.de",
    "BÜCHER.de.": "xn--bcher-kva.de",
    "xn--bcher-kva.de": "xn--bcher-kva.de",
    "XN--BCHER-KVA.DE": "xn--bcher-kva.de",
    "example。com": "example.com",
    ｌocalhost: "localhost",
    "ﬀ.com": "ff.com",
    [`${"a".repeat(63)}.com`]: `${"a".repeat(63)}.com`,
  };
  for (const [text, name] of Object.entries(names)) {
    it(`reads ${text} as ${name}`, () => assert.equal(toHostName(text), name));
  }

  it("takes no address for a name, in none of the spellings that resolvers and URLs read", () => {
    const addresses = [
      ..."127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f.1 0x7f000001".split(" "),
      ..."017700000001 0177.0.0.1 0x7f.0x1 0X7F.0X1 127.0.0.0x 127.0.0.1%31 0".split(" "),
      ..."１２７.0.0.1 127。0。0。1 ①②⑦.0.0.1 ::1 [::1] [127.0.0.1] a.b.1 a.0x7f".split(" "),
      ..."169.254.169.254. 0xa9fea9fe 2852039166 0251.0376.0251.0376 1..2".split(" "),
    ];
    for (const text of addresses) assert.equal(toHostName(text), undefined, text);
  });

  it("takes no part of a URL for a name", () => {
    const others = [
      "",
      ".",
      "..",
      ".com",
      "a..b",
      "-a.com",
      "a-.com",
      "*",
      "*.com",
      "a b",
      " a",
      "a ",
      "a\tb",
      "a\nb",
      "a\0b",
      "a/b",
      "a:80",
      "a@b",
      "a#b",
      "a?b",
      "a\\b",
      "ex%61mple.com",
      "http://a",
      "bücher.de/x",
      "bücher.de:80",
      "user@bücher.de",
      "bü\tcher.de",
      "bücher.de#",
      "b%C3%BC.de",
      "exa\u00admple.com\u200d",
      `${"a".repeat(64)}.com`,
      `${"a.".repeat(127)}com`,
      "\u2028",
    ];
    for (const text of others) assert.equal(toHostName(text), undefined, JSON.stringify(text));
  });

  it("gives up on huge text at once", () => {
    assert.equal(toHostName("ü".repeat(10_000_000)), undefined);
    assert.equal(toHostName("a".repeat(10_000_000)), undefined);
  });

  it("gives a name that is its own only spelling, and that no URL reads as an address", () => {
    const parts = constantFrom(
      ..."a Z 0 9 . _ - x ü 。 １ : % / [ ] @".split(" "),
      " ",
      "0x",
      "127",
      "xn--",
    );
    assertProperty(
      property(array(parts, { maxLength: 12 }), (letters) => {
        const name = toHostName(letters.join(""));
        if (name === undefined) return;
        assert.equal(toHostName(name), name);
        assert.equal(toHostName(`${name.toUpperCase()}.`), name);
        const url = URL.parse(`http://${name}/`);
        assert.equal(url === null ? 0 : isIP(url.hostname), 0, name);
      }),
      { numRuns: 3000 },
    );
  });
});
