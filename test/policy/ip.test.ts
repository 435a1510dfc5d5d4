import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { assert as assertProperty, oneof, property } from "fast-check";
import { describe, it } from "mocha";
import { formatIp, parseIp, toIp, withoutBrackets } from "../../policy/ip.ts";
import { ipv4Texts, ipv6Texts } from "./arbitrary.ts";
import { plainIp } from "./plain-ip.ts";

describe("parseIp", () => {
  it("reads every spelling of an address as URLs do", () => {
    assertProperty(
      property(oneof(ipv4Texts, ipv6Texts), (text) => {
        const ip = parseIp(text);
        const { bits, value } = plainIp(text);
        assert.equal(ip?.version, bits === 32 ? 4 : 6);
        assert.equal(
          ip?.words.reduce((sum, word) => sum * 2n ** 32n + BigInt(word), 0n),
          value,
        );
      }),
    );
  });

  it("reads what a socket address says", () => {
    assertProperty(
      property(ipv6Texts, (text) => {
        const address = new SocketAddress({ address: text, family: "ipv6" });
        assert.deepEqual(toIp(address), parseIp(text));
      }),
    );
  });

  it("writes an address in one way, the way that socket addresses have", () => {
    assertProperty(
      property(oneof(ipv4Texts, ipv6Texts), (text) => {
        const ip = parseIp(text);
        assert.ok(ip !== undefined);
        const family = text.includes(":") ? "ipv6" : "ipv4";
        assert.equal(formatIp(ip), new SocketAddress({ address: text, family }).address);
        assert.deepEqual(parseIp(formatIp(ip)), ip);
      }),
    );
  });

  const edges: Readonly<Record<string, readonly [number, number, number, number]>> = {
    "::": [0, 0, 0, 0],
    "::1": [0, 0, 0, 1],
    "1::": [0x10000, 0, 0, 0],
    "1:2:3:4:5:6:7::": [0x10002, 0x30004, 0x50006, 0x70000],
    "::2:3:4:5:6:7:8": [2, 0x30004, 0x50006, 0x70008],
    "::FFFF:255.255.255.255": [0, 0, 0xffff, 0xffffffff],
    "255.255.255.255": [0, 0, 0, 0xffffffff],
  };
  for (const [text, words] of Object.entries(edges)) {
    it(`reads ${text}`, () => assert.deepEqual(parseIp(text)?.words, words));
  }

  it("takes nothing else for an address", () => {
    const others = [
      "",
      " 1.2.3.4",
      "1.2.3.4 ",
      "127.1",
      "0177.0.0.1",
      "01.2.3.4",
      "0x7f.0.0.1",
      "2130706433",
      ..."1.2.3 1.2.3.4.5 256.0.0.1 1.2.3.4:80 1.2.3.4%eth0 [::1] fe80::1%eth0".split(" "),
      ..."::1%25 ::: 1::2::3 1:2:3:4:5:6:7:8:9 ::10000 ::1.2.3 localhost".split(" "),
    ];
    for (const text of others) assert.equal(parseIp(text), undefined, text);
  });
});

describe("withoutBrackets", () => {
  it("takes the brackets of an IPv6 address off, and of nothing else", () => {
    assert.equal(withoutBrackets("[::1]"), "::1");
    for (const text of ["::1", "[::1", "[1.2.3.4]", "[]", "example.com"]) {
      assert.equal(withoutBrackets(text), text);
    }
  });
});
