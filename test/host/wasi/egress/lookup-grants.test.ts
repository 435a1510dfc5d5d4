import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  GRANT_LIFETIME_MAX,
  GRANT_LIFETIME_MIN,
  LookupGrants,
} from "../../../../host/wasi/egress/lookup-grants.ts";

describe("LookupGrants", () => {
  for (const [title, lifetime, expected] of [
    ["an unknown lifetime", undefined, GRANT_LIFETIME_MIN],
    ["a lifetime of 0", 0, GRANT_LIFETIME_MIN],
    ["a negative lifetime", -1, GRANT_LIFETIME_MIN],
    ["no number", Number.NaN, GRANT_LIFETIME_MIN],
    ["a longer lifetime", 90_000, 90_000],
    ["an endless lifetime", Infinity, GRANT_LIFETIME_MAX],
  ] as const) {
    it(`grants an answer of ${title} for ${expected / 1000} s`, () => {
      let now = 1_000;
      const grants = new LookupGrants(() => now);
      grants.add("a.example", "192.0.2.1", lifetime);
      now += expected - 1;
      assert.deepEqual(grants.namesOf("192.0.2.1"), ["a.example"]);
      now += 1;
      assert.deepEqual(grants.namesOf("192.0.2.1"), []);
      assert.equal(grants.size, 0);
    });
  }

  it("knows several names of an address, each as long as its own answer holds", () => {
    let now = 0;
    const grants = new LookupGrants(() => now);
    grants.add("a.example", "192.0.2.1", undefined);
    grants.add("b.example", "192.0.2.1", 120_000);
    assert.deepEqual(grants.namesOf("192.0.2.1"), ["a.example", "b.example"]);
    now = 60_000;
    assert.deepEqual(grants.namesOf("192.0.2.1"), ["b.example"]);
    assert.deepEqual(grants.namesOf("192.0.2.2"), []);
  });

  it("does not shorten a grant when a later answer holds less long", () => {
    let now = 0;
    const grants = new LookupGrants(() => now);
    grants.add("a.example", "192.0.2.1", 120_000);
    grants.add("a.example", "192.0.2.1", undefined);
    now = 100_000;
    assert.deepEqual(grants.namesOf("192.0.2.1"), ["a.example"]);
  });

  it("forgets the oldest of too many addresses and names", () => {
    const grants = new LookupGrants();
    for (let index = 0; index < 2_000; index += 1) {
      grants.add("a.example", `10.0.${index >> 8}.${index & 255}`, undefined);
    }
    assert.equal(grants.size, 1024);
    assert.deepEqual(grants.namesOf("10.0.0.0"), []);
    for (let index = 0; index < 100; index += 1) grants.add(`n${index}`, "10.9.9.9", undefined);
    assert.equal(grants.namesOf("10.9.9.9").length, 16);
  });
});
