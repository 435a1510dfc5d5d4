import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { DecisionPrinter } from "../../../host/cli/decision-printer.ts";
import { formatDecision } from "../../../host/cli/format-decision.ts";
import type { DecisionRecord } from "../../../policy/decision-log.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

const RECORD: DecisionRecord = {
  guest: "http-api",
  use: "tcp-connect",
  address: "10.0.0.1:5432",
  name: undefined,
  rule: "not-allowed",
  outcome: "deny",
  reason: "No entry of allowedHosts grants tcp to 10.0.0.1 port 5432",
  count: 1,
  first: 0,
  last: 0,
};

describe("formatDecision", () => {
  const cases: readonly (readonly [string, Partial<DecisionRecord>, readonly string[], string])[] =
    [
      [
        "a denial, with the command that explains it",
        {},
        ["shop.yaml"],
        'policy: default/leet/http-api tcp-connect 10.0.0.1:5432 denied by not-allowed (No entry of allowedHosts grants tcp to 10.0.0.1 port 5432); see "islet policy explain -f shop.yaml default/leet/http-api tcp-connect 10.0.0.1:5432"',
      ],
      [
        "a denial of which no manifest is known",
        { reason: undefined },
        [],
        "policy: default/leet/http-api tcp-connect 10.0.0.1:5432 denied by not-allowed",
      ],
      [
        "a repeated one",
        { reason: "R", count: 10 },
        [],
        "policy: default/leet/http-api tcp-connect 10.0.0.1:5432 denied 10 times by not-allowed (R)",
      ],
      [
        "what is only counted",
        { reason: "R", outcome: "counted" },
        [],
        "policy: default/leet/http-api tcp-connect 10.0.0.1:5432 let out, would be denied by not-allowed (R)",
      ],
      [
        "what is allowed",
        { reason: undefined, outcome: "allow", rule: "allowed-host" },
        ["shop.yaml"],
        "policy: default/leet/http-api tcp-connect 10.0.0.1:5432 allowed by allowed-host",
      ],
      [
        "a lookup, from several manifests",
        { use: "lookup", address: undefined, name: "a.b", rule: "lookup-not-allowed", reason: "R" },
        ["a b.yaml", "c.yaml"],
        "policy: default/leet/http-api lookup a.b denied by lookup-not-allowed (R); see \"islet policy explain -f 'a b.yaml' -f c.yaml default/leet/http-api lookup a.b\"",
      ],
      [
        "an address that a name resolved to",
        {
          use: "http",
          address: "169.254.169.254:80",
          name: "a.b",
          rule: "special-range",
          reason: "R",
        },
        ["a.yaml"],
        "policy: default/leet/http-api http a.b (169.254.169.254:80) denied by special-range (R)",
      ],
      [
        "a request",
        { use: "http", address: undefined, name: "https://a.b:8443", reason: "R" },
        ["a.yaml"],
        'policy: default/leet/http-api http https://a.b:8443 denied by not-allowed (R); see "islet policy explain -f a.yaml default/leet/http-api http https://a.b:8443"',
      ],
      [
        "an IPv6 address, which shells would take for a pattern",
        { address: "[2600::1]:80", reason: "R" },
        ["a.yaml"],
        "policy: default/leet/http-api tcp-connect [2600::1]:80 denied by not-allowed (R); see \"islet policy explain -f a.yaml default/leet/http-api tcp-connect '[2600::1]:80'\"",
      ],
    ];
  for (const [what, record, manifests, line] of cases) {
    it(`says ${what}`, () => {
      assert.equal(formatDecision("default/leet", { ...RECORD, ...record }, manifests), line);
    });
  }

  it("asks about the workload where it is about one of its replicas", () => {
    const line = formatDecision("default/leet#2", RECORD, ["a.yaml"]);
    assert.match(line, /^policy: default\/leet#2\/http-api .* default\/leet\/http-api tcp-connect/);
  });

  it("lets no guest steer the terminal, nor the shell of who copies the command", () => {
    const name = "\u001b[2J$(reboot)'\u009b";
    const record = { ...RECORD, use: "lookup", address: undefined, name } as const;
    const invalid = formatDecision("default/leet", { ...record, rule: "invalid-name" }, ["a.yaml"]);
    assert.doesNotMatch(invalid, /\p{Cc}/u);
    assert.doesNotMatch(invalid, /explain/);
    const line = formatDecision("default/leet", { ...record, reason: name }, ["a.yaml"]);
    assert.doesNotMatch(line, /\p{Cc}/u);
    assert.match(line, /lookup '\\x1b\[2J\$\(reboot\)'\\''/);
  });
});

describe("DecisionPrinter", () => {
  it("prints what is denied and counted, and what is allowed only where all is asked for", () => {
    const terminal = new MemoryTerminal();
    for (const verbose of [false, true]) {
      const printer = new DecisionPrinter(terminal, [], verbose);
      for (const outcome of ["allow", "deny", "counted"] as const) {
        printer.print("default/leet", { ...RECORD, outcome }, 0);
      }
    }
    assert.deepEqual(
      terminal.errors.map((line) => /allowed|denied|let out/.exec(line)?.[0]),
      ["denied", "let out", "allowed", "denied", "let out"],
    );
  });

  it("prints no flood, says how much it left out, and leaves other workloads their lines", () => {
    const terminal = new MemoryTerminal();
    const printer = new DecisionPrinter(terminal, [], false);
    for (let port = 1; port <= 1000; port += 1) {
      printer.print("default/scan", { ...RECORD, address: `10.0.0.1:${port}` }, 0);
    }
    assert.equal(terminal.errors.length, 10);
    printer.print("default/other", RECORD, 0);
    assert.equal(terminal.errors.length, 11);
    printer.print("default/scan", RECORD, 1000);
    assert.match(String(terminal.errors.at(-1)), /\(990 more of this workload were not printed\)$/);
  });
});
