import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type FirecaseFlags, toFirecaseOptions } from "../../../host/cli/firecase-flags.ts";
import { UsageError } from "../../../host/cli/usage-error.ts";

describe("toFirecaseOptions", () => {
  it("offers five ports on loopback without any flag", () => {
    assert.deepEqual(toFirecaseOptions({}), {
      hostname: "localhost",
      address: undefined,
      maxForwardedPorts: 5,
    });
  });

  it("takes what a person says", () => {
    const flags = {
      forwardHostname: "compute-1.example.com",
      forwardAddress: "::",
      maxForwardedPorts: "0",
    };
    assert.deepEqual(toFirecaseOptions(flags), {
      hostname: "compute-1.example.com",
      address: "::",
      maxForwardedPorts: 0,
    });
  });

  const wrong: readonly FirecaseFlags[] = [
    { forwardHostname: "" },
    { forwardHostname: "a b" },
    { forwardAddress: "example.com" },
    { forwardAddress: "fe80::1%lo" },
    { maxForwardedPorts: "-1" },
    { maxForwardedPorts: "many" },
    { maxForwardedPorts: "65536" },
  ];
  for (const flags of wrong) {
    it(`refuses ${JSON.stringify(flags)}`, () => {
      assert.throws(() => toFirecaseOptions(flags), UsageError);
    });
  }
});
