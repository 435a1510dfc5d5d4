import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "mocha";
import { StateWatch, type Watched } from "../../../host/cli/state-watch.ts";
import type { WorkloadState } from "../../../host/workload/state.ts";

const RUNNING: WorkloadState = { tag: "running", reason: "Its components are ready" };

describe("StateWatch", () => {
  it("waits until all workloads are in such a state, and forgets its signal", async () => {
    const watch = new StateWatch();
    const { signal } = new AbortController();
    const asked: WorkloadState["tag"][] = [];
    let isOver = false;
    const over = watch.until(HOST, () => isOver, signal).then(() => asked.push("completed"));
    for (let time = 0; time < 3; time += 1) {
      watch.notice({ tag: "state", workload: "default/a", state: RUNNING });
      await Promise.resolve();
    }
    assert.deepEqual(asked, []);
    isOver = true;
    watch.notice({ tag: "warning", message: "No state" });
    await new Promise(setImmediate);
    assert.deepEqual(asked, []);
    watch.notice({ tag: "state", workload: "default/a", state: RUNNING });
    await over;
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  it("waits no longer than its signal, which may have aborted before", async () => {
    const watch = new StateWatch();
    const abort = new AbortController();
    const over = watch.until(HOST, () => false, abort.signal);
    abort.abort();
    await over;
    await watch.until(HOST, () => false, abort.signal);
  });
});

const HOST: Watched = { workloads: [{ workload: { components: [] }, state: RUNNING }] };
