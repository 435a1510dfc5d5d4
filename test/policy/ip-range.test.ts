import assert from "node:assert/strict";
import { assert as assertProperty, integer, oneof, pre, property, tuple } from "fast-check";
import { describe, it } from "mocha";
import { parseIp } from "../../policy/ip.ts";
import {
  contains,
  covers,
  formatIpRange,
  type IpRange,
  parseIpRange,
} from "../../policy/ip-range.ts";
import { ipv4Texts, ipv6Texts } from "./arbitrary.ts";
import { isInPlain, plainIp } from "./plain-ip.ts";

const ipv4Ranges = tuple(ipv4Texts, integer({ min: 0, max: 32 })).map(
  ([address, prefix]) => `${address}/${prefix}`,
);
const ipv6Ranges = tuple(ipv6Texts, integer({ min: 0, max: 128 })).map(
  ([address, prefix]) => `${address}/${prefix}`,
);

describe("parseIpRange", () => {
  it("contains what has the same first bits", () => {
    assertProperty(
      property(ipv4Ranges, ipv4Texts, (range, address) => {
        assert.equal(contains(read(range), readIp(address)), isInPlain(range, plainIp(address)));
      }),
    );
    assertProperty(
      property(ipv6Ranges, ipv6Texts, (range, address) => {
        // Of addresses that stand for IPv4 ones it is the range of those.
        pre(read(range).ip.version === 6);
        assert.equal(contains(read(range), readIp(address)), isInPlain(range, plainIp(address)));
      }),
    );
  });

  it("contains its own ends and not what is beside them", () => {
    const range = read("10.1.0.0/16");
    for (const inside of ["10.1.0.0", "10.1.255.255"]) assert.ok(contains(range, readIp(inside)));
    for (const outside of ["10.0.255.255", "10.2.0.0", "::ffff:10.1.0.0", "a01::"]) {
      assert.ok(!contains(range, readIp(outside)), outside);
    }
  });

  it("keeps the two versions apart, even where all addresses are meant", () => {
    assert.ok(!contains(read("0.0.0.0/0"), readIp("::1")));
    assert.ok(!contains(read("::/0"), readIp("1.2.3.4")));
  });

  it("is written in one way, which reads as the same range", () => {
    assertProperty(
      property(oneof(ipv4Ranges, ipv6Ranges, ipv4Texts, ipv6Texts), (text) => {
        const written = formatIpRange(read(text));
        assert.equal(formatIpRange(read(written)), written);
        assert.ok(covers(read(text), read(written)) && covers(read(written), read(text)));
      }),
    );
  });

  const canonical: Readonly<Record<string, string>> = {
    "10.1.2.3/8": "10.0.0.0/8",
    "1.2.3.4/32": "1.2.3.4",
    "0.0.0.0/0": "0.0.0.0/0",
    "2001:DB8:0:0::1/32": "2001:db8::/32",
    "::ffff:10.1.2.3": "10.1.2.3",
    "::ffff:10.0.0.0/104": "10.0.0.0/8",
    "64:ff9b::/96": "0.0.0.0/0",
    "2002:a00::/24": "10.0.0.0/8",
    "2002:a00:1:2::/64": "10.0.0.1",
    "::/0": "::/0",
    "2000::/3": "2000::/3",
  };
  for (const [text, written] of Object.entries(canonical)) {
    it(`reads ${text} as ${written}`, () => assert.equal(formatIpRange(read(text)), written));
  }

  it("takes nothing else for a range", () => {
    const others = [
      "",
      "/8",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "10.0.0/8",
      "10.0.0.0/1e1",
      "10.0.0.0/ 8",
      "::/129",
      "[::]/0",
      "fe80::1%eth0/64",
      "*",
      "10.0.0.0-10.0.0.9",
    ];
    for (const text of others) assert.equal(parseIpRange(text), undefined, text);
  });
});

describe("covers", () => {
  it("is true of a range and each range inside it", () => {
    assert.ok(covers(read("10.0.0.0/8"), read("10.0.0.0/8")));
    assert.ok(covers(read("10.0.0.0/8"), read("10.1.2.3")));
    assert.ok(!covers(read("10.1.2.3"), read("10.0.0.0/8")));
    assert.ok(!covers(read("10.0.0.0/8"), read("11.0.0.0/9")));
  });
});

function read(text: string): IpRange {
  const range = parseIpRange(text);
  assert.ok(range !== undefined, text);
  return range;
}

function readIp(text: string): NonNullable<ReturnType<typeof parseIp>> {
  const ip = parseIp(text);
  assert.ok(ip !== undefined, text);
  return ip;
}
