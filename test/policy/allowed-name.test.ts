import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  allowsLookup,
  formatAllowedName,
  grantsAnswers,
  parseAllowedName,
} from "../../policy/allowed-name.ts";

describe("parseAllowedName", () => {
  const forms: Readonly<Record<string, string>> = {
    "*": "*",
    "*.Example.com": "*.example.com",
    "example.com": "example.com",
    "Example.COM.": "example.com",
    "*.bücher.de": "*.xn--bcher-kva.de",
    db: "db",
    "192.0.2.1": "192.0.2.1",
    "2001:DB8::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
  };
  for (const [text, formatted] of Object.entries(forms)) {
    it(`reads ${text}`, () => {
      const entry = parseAllowedName(text, "m.yaml:1:2");
      assert.ok(entry !== undefined);
      assert.deepEqual([entry.text, entry.origin], [text, "m.yaml:1:2"]);
      assert.equal(formatAllowedName(entry), formatted);
      assert.deepEqual(parseAllowedName(formatted)?.target, entry.target);
    });
  }

  it("reads nothing else", () => {
    for (const text of [
      "",
      "*foo",
      "*.",
      "example.com:80",
      "https://example.com",
      "a/b",
      "10.0.0.0/8",
      "127.1",
      "a b",
      "[a]",
      "[10.0.0.1]",
      "fe80::1%eth0",
      "[::1]:80",
      "*.*",
      "0x7f.1",
      "*.10",
    ]) {
      assert.equal(parseAllowedName(text), undefined, text);
    }
  });
});

describe("allowsLookup", () => {
  const cases: readonly (readonly [string, string, boolean, boolean])[] = [
    ["*", "example.com", true, false],
    ["example.com", "example.com", true, true],
    ["example.com", "www.example.com", false, false],
    ["*.example.com", "www.example.com", true, true],
    ["*.example.com", "example.com", false, false],
    ["*.example.com", "badexample.com", false, false],
    ["192.0.2.1", "192.0.2.1", false, false],
  ];
  for (const [text, name, isAllowed, isGranted] of cases) {
    it(`lets ${text} ${isAllowed ? "" : "not "}look up ${name}, and ${isGranted ? "" : "not "}connect to its answers`, () => {
      const entry = parseAllowedName(text);
      assert.ok(entry !== undefined);
      assert.equal(allowsLookup(entry, name), isAllowed);
      assert.equal(grantsAnswers(entry, name), isGranted);
    });
  }
});
