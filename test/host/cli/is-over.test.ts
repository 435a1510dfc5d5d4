import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isOver } from "../../../host/cli/is-over.ts";
import { STOPPED, type WorkloadState } from "../../../host/workload/state.ts";

describe("isOver", () => {
  const cases: readonly (readonly [WorkloadState, hasComponents: boolean, expected: boolean])[] = [
    [{ tag: "starting", reason: "Starting" }, false, false],
    [{ tag: "running", reason: "Its service has started" }, false, false],
    [{ tag: "stopping", reason: "Stopping" }, false, false],
    [{ tag: "completed", reason: "Its service ended with success" }, false, true],
    [{ tag: "completed", reason: "Its service ended with success" }, true, false],
    [{ tag: "error", reason: "Its service trapped" }, false, true],
    [{ tag: "error", reason: "Its service trapped" }, true, true],
    // Somebody stopped it, who may start it again.
    [STOPPED, false, false],
    [STOPPED, true, false],
  ];
  for (const [state, hasComponents, expected] of cases) {
    const guests = hasComponents ? "with components" : "without components";
    it(`is ${expected} of "${state.tag}: ${state.reason}" ${guests}`, () => {
      assert.equal(isOver(state, hasComponents), expected);
    });
  }
});
