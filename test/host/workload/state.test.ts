import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type WorkloadState, worstState } from "../../../host/workload/state.ts";

describe("worstState", () => {
  const cases: readonly (readonly [readonly WorkloadState["tag"][], string])[] = [
    [["running"], "running: it"],
    [["running", "running"], "running: it"],
    [["running", "starting", "running"], "starting: 1 of 3 replicas: it"],
    [["starting", "error", "error"], "error: 2 of 3 replicas: it"],
    [["completed", "running"], "running: 1 of 2 replicas: it"],
    [["stopping", "completed"], "stopping: 1 of 2 replicas: it"],
    [[], "completed: It has no replicas"],
  ];
  for (const [tags, expected] of cases) {
    it(`of ${tags.join(", ") || "nothing"} is ${expected}`, () => {
      const { tag, reason } = worstState(tags.map((each) => ({ tag: each, reason: "it" })));
      assert.equal(`${tag}: ${reason}`, expected);
    });
  }
});
