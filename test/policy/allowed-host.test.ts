import assert from "node:assert/strict";
import { array, assert as assertProperty, constantFrom, property } from "fast-check";
import { describe, it } from "mocha";
import {
  formatAllowedHost,
  grantsHost,
  type HttpScheme,
  parseAllowedHost,
} from "../../policy/allowed-host.ts";

describe("parseAllowedHost", () => {
  /** Each form, and the one spelling that stands for it. */
  const forms: Readonly<Record<string, string>> = {
    "*": "*",
    "example.com": "example.com",
    "Example.COM.": "example.com",
    "example.com:443": "example.com:443",
    "bücher.de": "xn--bcher-kva.de",
    "_srv.example.com": "_srv.example.com",
    db: "db",
    "*.example.com": "*.example.com",
    "*.example.com:443": "*.example.com:443",
    "https://example.com": "https://example.com",
    "https://example.com/": "https://example.com",
    "HTTP://example.com:8080/": "http://example.com:8080",
    "https://*.example.com": "https://*.example.com",
    "http://*.example.com:8080/": "http://*.example.com:8080",
    "192.0.2.1": "192.0.2.1",
    "192.0.2.1:80": "192.0.2.1:80",
    "http://192.0.2.1:8080/": "http://192.0.2.1:8080",
    "10.0.0.0/8": "10.0.0.0/8",
    "10.0.0.0/8:5432": "10.0.0.0/8:5432",
    "10.1.2.3/8": "10.0.0.0/8",
    "0.0.0.0/0:443": "0.0.0.0/0:443",
    "2001:DB8::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:80": "[2001:db8::1]:80",
    "https://[2001:db8::1]": "https://[2001:db8::1]",
    "https://[2001:db8::1]:8443/": "https://[2001:db8::1]:8443",
    "fd00::/8": "fd00::/8",
    "[fd00::/8]": "fd00::/8",
    "[fd00::/8]:443": "[fd00::/8]:443",
    "::ffff:10.0.0.1": "10.0.0.1",
    "[::ffff:10.0.0.0/104]:80": "10.0.0.0/8:80",
    "example.com:1": "example.com:1",
    "example.com:65535": "example.com:65535",
  };
  for (const [text, formatted] of Object.entries(forms)) {
    it(`reads ${text}`, () => {
      const entry = parseAllowedHost(text, "m.yaml:1:2");
      assert.ok(entry !== undefined);
      assert.equal(entry.text, text);
      assert.equal(entry.origin, "m.yaml:1:2");
      assert.equal(formatAllowedHost(entry), formatted);
      assert.deepEqual(targetOf(formatted), targetOf(text));
    });
  }

  it("reads nothing else", () => {
    const others = [
      "",
      " ",
      "*foo",
      "*.",
      "**",
      "*.*",
      "foo.*",
      "a.*.b",
      "*:443",
      "https://*",
      "https://*/",
      ..."example.com/ example.com/path https://example.com/path https://example.com//".split(" "),
      ..."https:// ://example.com ftp://example.com example.com: example.com:0".split(" "),
      ..."example.com:65536 example.com:999999 example.com:-1 example.com:http :80".split(" "),
      "example.com:80:90",
      "exa mple",
      "-a.b",
      "a_.b-",
      "user@example.com",
      "a,b",
      "http:/a",
      ..."127.1 2130706433 0x7f.1 1.2.3 300.1.1.1 10.0.0.0/33 10.0.0.0/8/8".split(" "),
      ..."10.0.0.0/ 10.0.0.0:80/8 https://10.0.0.0/8 https://[fd00::/8] [10.0.0.1]".split(" "),
      ..."[example.com] [::1 ::1] [::1]80 []:80 fe80::1%eth0 [fe80::1%eth0]:80".split(" "),
      "2001:db8::1::",
      "[fd00::]/8",
      "example.com?",
      "example.com#",
      "ex%61mple.com",
      "a\nb",
      "a\0",
    ];
    for (const text of others) assert.equal(parseAllowedHost(text), undefined, text);
  });

  it("is not slow on any text", () => {
    for (const text of [
      "a.".repeat(50_000),
      "[".repeat(50_000),
      ":".repeat(50_000),
      "1/".repeat(50_000),
    ]) {
      assert.equal(parseAllowedHost(text), undefined);
      assert.equal(parseAllowedHost(`https://${text}:80/`), undefined);
    }
  });

  it("never throws, and gives an entry whose spelling reads as the same", () => {
    const letters = constantFrom(
      ..."a b 1 . : / * [ ] % - _ ü".split(" "),
      "http://",
      "https://",
      "10.0.0.0",
      "::",
      "/8",
      ":80",
    );
    assertProperty(
      property(array(letters, { maxLength: 8 }), (parts) => {
        const entry = parseAllowedHost(parts.join(""));
        if (entry === undefined) return;
        assert.deepEqual(targetOf(formatAllowedHost(entry)), targetOf(entry.text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("grantsHost", () => {
  it("grants a host on all ports, to sockets and to HTTP of either scheme", () => {
    check(
      "example.com",
      ["example.com:1", "http://example.com:80", "https://example.com:8443"],
      ["www.example.com:1", "example.com.evil:1", "notexample.com:1"],
    );
  });

  it("grants the hosts below a suffix at any depth, and not the suffix itself", () => {
    check(
      "*.example.com",
      ["a.example.com:1", "a.b.example.com:1"],
      ["example.com:1", "notexample.com:1", ".example.com:1", "a.example.com.evil:1"],
    );
  });

  it("grants the port that is named, and no other", () => {
    check(
      "example.com:443",
      ["example.com:443", "https://example.com:443", "http://example.com:443"],
      ["example.com:80", "http://example.com:80"],
    );
  });

  it("grants with a scheme that scheme on every port, or the one named, and never sockets", () => {
    check(
      "https://example.com",
      ["https://example.com:443", "https://example.com:8443"],
      ["http://example.com:443", "example.com:443"],
    );
    check("http://example.com:8080/", ["http://example.com:8080"], ["http://example.com:80"]);
  });

  it("grants every host with *, and none with an address", () => {
    check("*", ["example.com:1", "https://a:443"], []);
    check("0.0.0.0/0", [], ["example.com:1"]);
  });
});

function toScheme(text: string | undefined): HttpScheme | undefined {
  return text === "http" || text === "https" ? text : undefined;
}

/** What an entry grants, without how it was written. */
function targetOf(text: string): unknown {
  const entry = parseAllowedHost(text);
  assert.ok(entry !== undefined, text);
  return formatAllowedHost(entry);
}

function check(entry: string, granted: readonly string[], denied: readonly string[]): void {
  const parsed = parseAllowedHost(entry);
  assert.ok(parsed !== undefined);
  for (const [list, expected] of [
    [granted, true],
    [denied, false],
  ] as const) {
    for (const text of list) {
      const [, scheme, name = "", port] = /^(?:(https?):\/\/)?(.*):(\d+)$/.exec(text) ?? [];
      const wanted = { port: Number(port), scheme: toScheme(scheme) };
      assert.equal(grantsHost(parsed, name, wanted), expected, `${entry}: ${text}`);
    }
  }
}
