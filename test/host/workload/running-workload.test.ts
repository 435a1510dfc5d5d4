import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CallError, LinkError } from "../../../host/bridge/error.ts";
import type { HttpRequest } from "../../../host/wasi/http/message.ts";
import type { CellStart } from "../../../host/workload/cell-start.ts";
import type { RunningWorkload } from "../../../host/workload/running-workload.ts";
import { startWorkload } from "../../../host/workload/start.ts";
import { cellStart, FakeCells } from "./fake-cell.ts";

const SIGNAL = new AbortController().signal;
const REQUEST: HttpRequest = {
  head: { method: "GET", scheme: "http", authority: undefined, pathWithQuery: "/", headers: [] },
  body: undefined,
};

describe("RunningWorkload", () => {
  it("passes requests to its cell once it is running", async () => {
    const { workload } = startFake({ service: undefined });
    const { head } = await workload.handle(REQUEST, SIGNAL);
    assert.equal(head.status, 200);
  });

  it("refuses requests while it is starting, with the reason", async () => {
    const cells = new FakeCells();
    const workload = startWorkload({
      prepared: {
        start: cellStart({ service: undefined }),
        restart: undefined,
        readiness: undefined,
        digests: [],
        volumes: [],
        quota: {},
      },
      createCell: cells.create,
    });
    await assert.rejects(workload.handle(REQUEST, SIGNAL), {
      name: "WorkloadError",
      code: "not-running",
      workload: "default/leet",
      reason: "The workload is starting: Starting",
    });
  });

  it("refuses requests once it is stopped", async () => {
    const { workload } = startFake({ service: undefined });
    await workload.stop();
    await assert.rejects(workload.handle(REQUEST, SIGNAL), {
      code: "not-running",
      reason: "The workload is stopping: Stopping",
    });
  });

  it("says that nothing in it answers HTTP", async () => {
    const { workload } = startFake({ service: undefined, http: undefined });
    await assert.rejects(workload.handle(REQUEST, SIGNAL), {
      code: "no-handler",
      guest: undefined,
    });
  });

  it("names workload, guest and reason of a call that failed", async () => {
    const { workload, cells } = startFake({ service: undefined });
    for (const code of ["guest-failed", "timeout", "overloaded"] as const) {
      cells.last.answer = () => Promise.reject(new CallError(code, "api", "It did"));
      await assert.rejects(workload.handle(REQUEST, SIGNAL), {
        code,
        workload: "default/leet",
        guest: "api",
        reason: "It did",
        message: "default/leet (api): It did",
      });
    }
  });

  it("tells a request under way why its cell died", async () => {
    const { workload, cells } = startFake({ service: undefined });
    const cell = cells.last;
    cell.answer = async () => {
      cell.die("unresponsive for 5 s");
      throw new LinkError("closed", "The other end is gone");
    };
    await assert.rejects(workload.handle(REQUEST, SIGNAL), {
      code: "cell-died",
      guest: "api",
      reason: "The workload ended during the request: unresponsive for 5 s",
    });
    await workload.stop();
  });

  it("passes the reason of an aborted signal on as it is", async () => {
    const { workload, cells } = startFake({ service: undefined });
    const reason = new Error("client gone");
    cells.last.answer = () => Promise.reject(reason);
    await assert.rejects(workload.handle(REQUEST, SIGNAL), (error) => error === reason);
  });
});

function startFake(start: Partial<CellStart>): { workload: RunningWorkload; cells: FakeCells } {
  const cells = new FakeCells();
  const workload = startWorkload({
    prepared: {
      start: cellStart(start),
      restart: undefined,
      readiness: undefined,
      digests: [],
      volumes: [],
      quota: {},
    },
    createCell: cells.create,
  });
  cells.last.report({ tag: "ready" });
  return { workload, cells };
}
