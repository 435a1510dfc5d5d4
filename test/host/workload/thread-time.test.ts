import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "mocha";
import { currentThread, processorTimeOf } from "../../../host/workload/thread-time.ts";

describe("processorTimeOf", () => {
  it("tells how long a thread of this process ran", function () {
    if (!existsSync("/proc/self/schedstat")) this.skip();
    const thread = currentThread();
    // The main thread has the number of the process.
    assert.equal(thread, process.pid);
    const before = processorTimeOf(thread) ?? Number.NaN;
    assert.ok(before > 0);
    const until = performance.now() + 10_000;
    while ((processorTimeOf(thread) ?? 0) < before + 20) assert.ok(performance.now() < until);
  });

  it("tells nothing of a thread that there is not", () => {
    assert.equal(processorTimeOf(0), undefined);
    assert.equal(processorTimeOf(-1), undefined);
  });
});
