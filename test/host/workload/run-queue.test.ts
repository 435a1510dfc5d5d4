import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "mocha";
import { currentThread, starvationOf } from "../../../host/workload/run-queue.ts";

describe("starvationOf", () => {
  it("tells of a thread of this process, and never goes back", function () {
    if (!existsSync("/proc/self/schedstat")) this.skip();
    const thread = currentThread();
    // The main thread has the number of the process.
    assert.equal(thread, process.pid);
    const before = starvationOf(thread);
    assert.ok(before > 0);
    assert.ok(starvationOf(thread) >= before);
  });

  it("is 0 for a thread that there is not", () => {
    assert.equal(starvationOf(0), 0);
    assert.equal(starvationOf(-1), 0);
  });
});
