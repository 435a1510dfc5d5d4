import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { CountedDecision } from "../../../host/bridge/message-to-main.ts";
import { DecisionOutlet } from "../../../host/workload/decision-outlet.ts";
import type { DecisionEntry } from "../../../policy/decision-log.ts";

function entryTo(address: string): DecisionEntry {
  return {
    guest: "api",
    use: "tcp-connect",
    address,
    name: undefined,
    rule: "not-allowed",
    outcome: "deny",
    reason: "No entry of allowedHosts grants it",
  };
}

describe("DecisionOutlet", () => {
  it("sends equal decisions once, with how many they were, and each batch anew", () => {
    const sent: (readonly CountedDecision[])[] = [];
    const outlet = new DecisionOutlet((decisions) => sent.push(decisions));
    for (let times = 0; times < 3; times += 1) outlet.add(entryTo("10.0.0.1:80"));
    outlet.add(entryTo("10.0.0.2:80"));
    outlet.flush();
    outlet.flush();
    outlet.add(entryTo("10.0.0.1:80"));
    outlet[Symbol.dispose]();
    assert.deepEqual(
      sent.map((batch) => batch.map(({ entry, count }) => `${entry.address} ${count}`)),
      [["10.0.0.1:80 3", "10.0.0.2:80 1"], ["10.0.0.1:80 1"]],
    );
  });

  it("sends by itself after a while", async () => {
    const sent = Promise.withResolvers<readonly CountedDecision[]>();
    const outlet = new DecisionOutlet(sent.resolve);
    outlet.add(entryTo("10.0.0.1:80"));
    // The outlet's timer keeps no thread alive; this one does.
    const alive = setTimeout(() => undefined, 10_000);
    assert.equal((await sent.promise).length, 1);
    clearTimeout(alive);
  });

  it("holds so many different ones and drops the rest, so that a scan costs no memory", () => {
    let size = 0;
    const outlet = new DecisionOutlet((decisions) => (size = decisions.length));
    for (let port = 1; port < 5000; port += 1) outlet.add(entryTo(`10.0.0.1:${port}`));
    outlet.flush();
    assert.equal(size, 256);
  });
});
