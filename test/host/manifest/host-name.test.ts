import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseHostName, parseRouteHost } from "../../../host/manifest/host-name.ts";

describe("parseHostName", () => {
  it("accepts names of RFC 1123 and IPv4 addresses, in lower case", () => {
    const label = "a".repeat(63);
    const longest = `${label}.${label}.${label}.${"a".repeat(61)}`;
    for (const name of [
      "a",
      "3com.example",
      "127.0.0.1",
      "xn--bcher-kva.example",
      label,
      longest,
    ]) {
      assert.equal(parseHostName(name), name);
    }
    assert.equal(parseHostName("Leet.LOCALHOST"), "leet.localhost");
  });

  it("refuses everything else", () => {
    const label = "a".repeat(63);
    const tooLong = `${label}.${label}.${label}.${"a".repeat(62)}`;
    const names = [
      "",
      ".",
      "a.",
      ".a",
      "a..b",
      "-a",
      "a-",
      "a_b",
      "*.a",
      "a:80",
      "a b",
      "[::1]",
      "bücher",
      "a\n",
    ];
    for (const name of [...names, "a".repeat(64), tooLong]) {
      assert.equal(parseHostName(name), undefined, name);
    }
  });
});

describe("parseRouteHost", () => {
  it("accepts a wildcard as the first label, and names", () => {
    assert.equal(parseRouteHost("*.Shop.localhost"), "*.shop.localhost");
    assert.equal(parseRouteHost("*.a"), "*.a");
    assert.equal(parseRouteHost("a.localhost"), "a.localhost");
  });

  it("refuses wildcards in other places", () => {
    for (const name of ["*", "*.", "a.*", "*a.b", "a*.b", "*.*.a", "**.a", ".*.a", "*.a:80"]) {
      assert.equal(parseRouteHost(name), undefined, name);
    }
  });
});
