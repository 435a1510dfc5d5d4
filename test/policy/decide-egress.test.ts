import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decide } from "../../policy/decide.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { addressOf, check, factsOf, policyOf } from "./check.ts";

const PUBLIC = ["93.184.216.34", "1.1.1.1", "[2606:4700::1111]", "[2a00:1450:4001::200e]"];
const PRIVATE = [
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "[fd00::1]",
  "[fc00::1]",
];
const METADATA = ["169.254.169.254", "100.100.100.200", "168.63.129.16", "[fd00:ec2::254]"];
const SPECIAL = [
  ...METADATA,
  "169.254.170.2",
  "192.0.0.192",
  "169.254.0.1",
  "192.0.2.1",
  "198.51.100.1",
  "203.0.113.1",
  "198.18.0.1",
  "192.88.99.1",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[2001::1]",
  "[2001:2::1]",
  "[100::1]",
  "[5f00::1]",
  "[64:ff9b:1::10.0.0.1]",
  "[fd20:ce::254]",
];
/** Of IPv6, what is not given out is closed as well. */
const RESERVED = [
  "[4000::1]",
  "[200::1]",
  "[64:ff9b:0:1::1]",
  "[::1:0:0:1]",
  "[8000::]",
  "[fe00::1]",
];
const MACHINE = [
  "0.0.0.0",
  "0.0.0.1",
  "0.255.255.255",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:0.0.0.0]",
  "[::127.0.0.1]",
  "[::0.0.0.2]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::1]",
  "[2600::5efe:127.0.0.1]",
];

describe("decideEgress", () => {
  for (const use of ["tcp-connect", "udp-send"] as const) {
    describe(`for ${use}`, () => {
      it("opens public and private addresses where there is no allow-list", () => {
        check(policyOf(), use, [...PUBLIC, ...PRIVATE], "real no-allow-list");
      });

      it("opens nothing with an empty list", () => {
        check(policyOf({ hosts: [] }), use, [...PUBLIC, ...PRIVATE], "deny not-allowed");
      });

      it("opens every ordinary address with *", () => {
        check(policyOf({ hosts: ["*"] }), use, [...PUBLIC, ...PRIVATE], "real allowed-host");
      });

      it("keeps special ranges closed whatever is granted", () => {
        for (const hosts of [undefined, ["*"], ["0.0.0.0/0", "::/0", "169.254.169.254"]]) {
          check(policyOf({ hosts }), use, [...SPECIAL, ...RESERVED], "deny special-range");
        }
      });

      it("keeps every other spelling of the machine closed, whatever is granted, even where it counts", () => {
        for (const egress of ["enforce", "count"] as const) {
          check(policyOf({ hosts: ["*"], egress }), use, MACHINE, "deny own-address");
          check(policyOf({ egress, hostLoopback: true }), use, MACHINE, "deny own-address");
        }
      });

      it("keeps the machine's own addresses closed in every form, even where it counts", () => {
        const facts = factsOf({ isOwnAddress: (address) => address === "10.0.0.7" });
        for (const egress of ["enforce", "count"] as const) {
          const policy = policyOf({ hosts: ["*"], egress });
          check(
            policy,
            use,
            ["10.0.0.7", "[::ffff:10.0.0.7]", "[64:ff9b::10.0.0.7]", "[2600::5efe:10.0.0.7]"],
            "deny own-address",
            facts,
          );
          check(policy, use, "10.0.0.8", "real allowed-host", facts);
          const own = factsOf({ isOwnAddress: (address) => address === "2002:102:304::1" });
          check(policy, use, "[2002:102:304::1]", "deny own-address", own);
          check(policy, use, "[2002:102:304::2]", "real allowed-host", own);
        }
      });

      it("closes private ranges where the host says so, in every form", () => {
        const mapped = ["[::ffff:10.0.0.1]", "[64:ff9b::192.168.0.1]", "[2002:a00:1::]"];
        for (const hosts of [undefined, ["*"], ["10.0.0.1"]]) {
          const policy = policyOf({ hosts, denyPrivate: true });
          check(policy, use, [...PRIVATE, ...mapped], "deny private-range");
          check(policy, use, "[2600::5efe:10.0.0.1]", "deny private-range");
        }
        check(policyOf({ denyPrivate: true }), use, PUBLIC, "real no-allow-list");
      });

      it("lets out and counts what it would deny, where the manifest says so", () => {
        const policy = policyOf({ hosts: [], egress: "count" });
        check(policy, use, PUBLIC, "real counted not-allowed");
        check(policy, use, SPECIAL, "real counted special-range");
        check({ ...policy, denyPrivate: true }, use, PRIVATE, "real counted private-range");
        check(
          policyOf({ hosts: ["1.1.1.1"], egress: "count" }),
          use,
          "1.1.1.1",
          "real allowed-host",
        );
      });
    });
  }

  it("grants literal addresses and ranges, on the ports that they name", () => {
    const policy = policyOf({ hosts: ["10.0.0.0/8:5432", "1.1.1.1", "[2606:4700::/32]:443"] });
    const use = "tcp-connect";
    check(policy, use, ["10.0.0.1:5432", "10.255.255.255:5432"], "real allowed-host");
    check(policy, use, ["10.0.0.1:5433", "11.0.0.1:5432"], "deny not-allowed");
    check(policy, use, ["1.1.1.1:1", "1.1.1.1:65535"], "real allowed-host");
    check(policy, use, "[2606:4700::1111]:443", "real allowed-host");
    check(policy, use, ["[2606:4700::1111]:444", "[2606:4701::1]:443"], "deny not-allowed");
  });

  it("judges an IPv6 address that stands for an IPv4 one by that", () => {
    const policy = policyOf({ hosts: ["10.0.0.0/8"] });
    check(
      policy,
      "tcp-connect",
      ["[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:a00:1::9]"],
      "real allowed-host",
    );
    check(policyOf({ hosts: ["::/0"] }), "tcp-connect", "[::ffff:1.1.1.1]", "deny not-allowed");
    check(policyOf({ hosts: ["::ffff:1.1.1.1"] }), "tcp-connect", "1.1.1.1", "real allowed-host");
  });

  it("does not take an address for another that it only looks like", () => {
    // Whoever has a network of IPv6 addresses can give one of them this form.
    const policy = policyOf({ hosts: ["1.1.1.1"] });
    check(policy, "tcp-connect", "[2600::5efe:1.1.1.1]", "deny not-allowed");
  });

  it("grants no address by an entry with a scheme, nor by a name alone", () => {
    const hosts = ["https://1.1.1.1", "https://example.com", "example.com", "*.example.com"];
    check(policyOf({ hosts }), "tcp-connect", "1.1.1.1:443", "deny not-allowed");
  });

  describe("for an address that a looked-up name resolved to", () => {
    const facts = factsOf({
      namesOf: (address) => (address === "93.184.216.34" ? ["www.example.com"] : []),
    });
    const use = "tcp-connect";
    const at = "93.184.216.34:443";

    it("grants it by an entry of allowedHosts that names the host, on the entry's ports", () => {
      for (const host of ["www.example.com", "www.example.com:443", "*.example.com", "*.com:443"]) {
        check(policyOf({ hosts: [host] }), use, at, "real allowed-name", facts);
        check(policyOf({ hosts: [host] }), use, "1.1.1.1:443", "deny not-allowed", facts);
      }
      for (const host of ["www.example.com:80", "example.com", "https://www.example.com"]) {
        check(policyOf({ hosts: [host] }), use, at, "deny not-allowed", facts);
      }
    });

    it("grants it by the entry that let it be looked up", () => {
      for (const lookup of ["www.example.com", "*.example.com"]) {
        const policy = policyOf({ hosts: [], lookups: [lookup] });
        check(policy, use, [at, "93.184.216.34:1"], "real allowed-name", facts);
        check(policy, use, "1.1.1.1:443", "deny not-allowed", facts);
      }
    });

    it("grants it in the forms that stand for it", () => {
      const policy = policyOf({ hosts: ["www.example.com"] });
      check(policy, use, "[::ffff:93.184.216.34]", "real allowed-name", facts);
    });

    it("does not take a lookup of anything for a grant of everything", () => {
      const policy = policyOf({ hosts: [], lookups: ["*"] });
      check(policy, use, at, "deny not-allowed", facts);
    });

    it("keeps to the ports that allowedHosts names, where it names the host", () => {
      const policy = policyOf({ hosts: ["www.example.com:80"], lookups: ["www.example.com"] });
      check(policy, use, "93.184.216.34:80", "real allowed-name", facts);
      check(policy, use, at, "deny not-allowed", facts);
    });

    it("does not open a closed range", () => {
      const all = factsOf({ namesOf: () => ["www.example.com"] });
      const policy = policyOf({ hosts: ["www.example.com"], lookups: ["www.example.com"] });
      check(policy, use, SPECIAL, "deny special-range", all);
      check(policy, use, MACHINE, "deny own-address", all);
      check({ ...policy, denyPrivate: true }, use, PRIVATE, "deny private-range", all);
    });
  });

  it("names the entry that granted", () => {
    const policy = policyOf({ hosts: ["10.0.0.0/8", "1.1.1.1:80", "*"] });
    const decision = decide(policy, "tcp-connect", addressOf("1.1.1.1"), NO_FACTS);
    assert.ok(decision.tag === "allow");
    assert.equal(decision.grant?.text, "1.1.1.1:80");
    assert.equal(decision.grant.origin, "hosts:1");
  });

  it("says in the reason what an address stands for", () => {
    const address = addressOf("[64:ff9b::169.254.169.254]");
    const decision = decide(policyOf(), "tcp-connect", address, NO_FACTS);
    assert.ok(decision.tag === "deny");
    assert.match(decision.reason, /64:ff9b::a9fe:a9fe, which is 169\.254\.169\.254, is a cloud/);
  });
});
