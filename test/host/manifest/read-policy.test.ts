import assert from "node:assert/strict";
import { describe, it } from "mocha";
import schema from "../../../manifests/workload.schema.json" with { type: "json" };
import { formatAllowedHost, parseAllowedHost } from "../../../policy/allowed-host.ts";
import { parseAllowedName } from "../../../policy/allowed-name.ts";
import { parseLoopbackGrant } from "../../../policy/loopback-grant.ts";
import type { GrantField } from "../../../policy/policy.ts";
import { check, checkNotices, component, load, loadOne, service, workload } from "./check.ts";

describe("readPolicy", () => {
  it("knows no list from an empty one", async () => {
    const without = await loadOne(service("args: []"));
    assert.equal(without.service?.policy.allowedHosts, undefined);
    assert.deepEqual(without.service?.policy.allowedNames, []);
    assert.deepEqual(without.service?.policy.loopbackGrants, []);
    const empty = await loadOne(service("localResources: { allowedHosts: [] }"));
    assert.deepEqual(empty.service?.policy.allowedHosts, []);
  });

  it("reads the lists of each guest by themselves, and egress for all of them", async () => {
    const { service, components } = await loadOne(
      workload(
        [
          "egress: count",
          "service:",
          "  image: s.wasm",
          "  localResources:",
          "    allowedHosts: [api.example.com, '10.0.0.0/8:5432']",
          "components:",
          "  - name: c",
          "    image: c.wasm",
          "    localResources:",
          "      allowedIpNameLookups: ['*.example.com']",
          "      allowedHostLoopbackPorts: ['5432', 53/udp]",
        ].join("\n"),
      ),
    );
    assert.equal(service?.policy.guest, "service");
    assert.equal(service?.policy.egress, "count");
    assert.deepEqual(service?.policy.allowedHosts?.map(formatAllowedHost), [
      "api.example.com",
      "10.0.0.0/8:5432",
    ]);
    const policy = components[0]?.policy;
    assert.equal(policy?.guest, "component");
    assert.equal(policy?.egress, "count");
    assert.equal(policy?.allowedHosts, undefined);
    assert.deepEqual(
      policy?.loopbackGrants.map(({ port, protocol }) => `${port}/${protocol}`),
      ["5432/tcp", "53/udp"],
    );
  });

  it("remembers where everything is written", async () => {
    const { components } = await loadOne(
      component(
        [
          "localResources:",
          "  allowedHosts:",
          "    - api.example.com",
          "    - '*.example.org'",
          "  allowedIpNameLookups: [a.example]",
          "  allowedHostLoopbackPorts: ['80']",
        ].join("\n"),
      ).concat("\n  egress: enforce"),
    );
    const policy = components[0]?.policy;
    assert.deepEqual(policy?.origins, {
      guest: "m.yaml:6:7",
      egress: "m.yaml:14:3",
      allowedHosts: "m.yaml:9:9",
      allowedIpNameLookups: "m.yaml:12:9",
      allowedHostLoopbackPorts: "m.yaml:13:9",
    });
    assert.deepEqual(
      policy?.allowedHosts?.map(({ text, origin }) => [text, origin]),
      [
        ["api.example.com", "m.yaml:10:13"],
        ["*.example.org", "m.yaml:11:13"],
      ],
    );
    assert.equal(policy?.allowedNames[0]?.origin, "m.yaml:12:32");
    assert.equal(policy?.loopbackGrants[0]?.origin, "m.yaml:13:36");
  });

  it("gives a value that another thread can have", async () => {
    const { service: loaded } = await loadOne(
      service(
        "localResources: { allowedHosts: ['fd00::/8', '*.a:1'], allowedIpNameLookups: ['*'], allowedHostLoopbackPorts: ['1'] }",
      ),
    );
    assert.deepEqual(structuredClone(loaded?.policy), loaded?.policy);
  });

  const LISTS = "spec.service.localResources";
  const HOSTS =
    "must be *, HOST[:PORT], *.SUFFIX[:PORT], http://HOST[:PORT], https://HOST[:PORT], an IP address or a range such as 10.0.0.0/8:5432";
  const bad: readonly (readonly [GrantField, string, string])[] = [
    // What the schema knows to be wrong, and editors with it, and what takes the parser.
    ["allowedHosts", "*foo", HOSTS],
    ["allowedHosts", "https://a.example/path", HOSTS],
    ["allowedHosts", "*:443", HOSTS],
    ["allowedHosts", "ftp://a.example", HOSTS],
    ["allowedHosts", "a b", HOSTS],
    ["allowedHosts", "a.example:123456", HOSTS],
    ["allowedHosts", "a.example:65536", HOSTS],
    ["allowedHosts", "a.example/", HOSTS],
    ["allowedHosts", "127.1", HOSTS],
    ["allowedHosts", "10.0.0.0/33", HOSTS],
    ["allowedHosts", "", HOSTS],
    ["allowedIpNameLookups", "*foo", "must be *, *.SUFFIX, a name or an IP address"],
    ["allowedIpNameLookups", "a.example:80", "must be *, *.SUFFIX, a name or an IP address"],
    ["allowedIpNameLookups", "2852039166", "must be *, *.SUFFIX, a name or an IP address"],
    ["allowedHostLoopbackPorts", "80-90", "must be a port such as 5432, 5432/tcp or 53/udp"],
    ["allowedHostLoopbackPorts", "65536", "must be a port such as 5432, 5432/tcp or 53/udp"],
    ["allowedHostLoopbackPorts", "0/udp", "must be a port such as 5432, 5432/tcp or 53/udp"],
  ];
  for (const [field, entry, demand] of bad) {
    it(`tells once, with its place, that ${field} cannot hold ${JSON.stringify(entry)}`, async () => {
      const column = `    localResources: { ${field}: [`.length + 1;
      const quoted = JSON.stringify(entry);
      const { codes } = await check(
        service(`localResources: { ${field}: [${quoted}] }`),
        `m.yaml:7:${column}: ${LISTS}.${field}[0] ${demand}, not ${quoted}`,
      );
      assert.deepEqual(codes, ["bad-value"]);
    });
  }

  it("refuses ports that are not in quotes, and egress of another kind", async () => {
    await check(
      service("localResources: { allowedHostLoopbackPorts: [5432] }"),
      `m.yaml:7:50: ${LISTS}.allowedHostLoopbackPorts[0] must be text, not 5432 (put it in quotes)`,
    );
    await check(
      workload("service: { image: s.wasm }\negress: deny"),
      'm.yaml:6:11: spec.egress must be enforce or count, not "deny"',
    );
  });

  it("tells of entries that nothing can come of", async () => {
    await checkNotices(
      service(
        [
          "localResources:",
          "  allowedHosts: [169.254.169.254, '127.0.0.1:80', host.wasmcloud.internal, localhost, '*']",
          "  allowedIpNameLookups: [service.wasmcloud.internal, 192.0.2.1, x.wasmcloud.internal]",
        ].join("\n"),
      ),
      `m.yaml:8:22: ${LISTS}.allowedHosts[0] (169.254.169.254) has no effect: it is a cloud's metadata service, which stays closed whatever is granted`,
      `m.yaml:8:39: ${LISTS}.allowedHosts[1] (127.0.0.1:80) has no effect: it is the workload itself, which needs no grant`,
      `m.yaml:8:55: ${LISTS}.allowedHosts[2] (host.wasmcloud.internal) has no effect: the machine is reached by allowedHostLoopbackPorts`,
      `m.yaml:8:80: ${LISTS}.allowedHosts[3] (localhost) has no effect: it is the workload itself, which needs no grant`,
      `m.yaml:9:30: ${LISTS}.allowedIpNameLookups[0] (service.wasmcloud.internal) has no effect: it is the workload itself, which needs no grant`,
      `m.yaml:9:58: ${LISTS}.allowedIpNameLookups[1] (192.0.2.1) has no effect: an address needs no lookup`,
      `m.yaml:9:69: ${LISTS}.allowedIpNameLookups[2] (x.wasmcloud.internal) has no effect: nobody has this name`,
    );
  });

  describe("and the patterns of the schema", () => {
    const forms: Readonly<Record<GrantField, string>> = {
      allowedHosts:
        "* a.example a.example:8443 _a.example bücher.de *.example *.example:8443 https://a.example https://a.example/ HTTP://*.example:80/ 10.0.0.1 10.0.0.1:80 http://10.0.0.1:80/ 10.0.0.0/8 10.0.0.0/8:5432 ::1 2600::1 [2600::1] [2600::1]:80 https://[2600::1]:443/ fd00::/8 [fd00::/8] [fd00::/8]:443 ::ffff:10.0.0.1",
      allowedIpNameLookups: "* *.example a.example bücher.de _a.b 10.0.0.1 ::1 [2600::1]",
      allowedHostLoopbackPorts: "5432 5432/tcp 5432/TCP 53/udp 53/UDP",
    };
    const parsers = {
      allowedHosts: parseAllowedHost,
      allowedIpNameLookups: parseAllowedName,
      allowedHostLoopbackPorts: parseLoopbackGrant,
    };
    for (const field of [
      "allowedHosts",
      "allowedIpNameLookups",
      "allowedHostLoopbackPorts",
    ] as const) {
      it(`allow every form of ${field}`, async () => {
        const { items } = schema.definitions.LocalResources.properties[field];
        const entries = [...forms[field].split(" "), ...items.examples];
        for (const entry of entries) {
          assert.notEqual(parsers[field](entry), undefined, entry);
          assert.match(entry, new RegExp(items.pattern, "u"));
        }
        const text = `localResources: { ${field}: ${JSON.stringify(entries)} }`;
        assert.deepEqual((await load(service(text))).problems, []);
      });
    }
  });
});
