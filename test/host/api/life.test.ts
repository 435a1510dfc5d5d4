import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { manifest, serve, type ServedApi } from "./served.ts";

describe("the routes of a workload's life", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
    api.host.calls.length = 0;
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("starts, stops and restarts, in the order of the requests, and tells how it stands", async () => {
    for (const [action, state] of [
      ["stop", "stopping"],
      ["stop", "stopping"],
      ["start", "running"],
      ["restart", "running"],
    ]) {
      const { status, json } = await api.call("POST", `/v1/workloads/one/${action}`, {});
      assert.equal(status, 200);
      assert.equal(json.state, state);
    }
    assert.deepEqual(api.host.calls, [
      "stop grace=undefined one",
      "stop grace=undefined one",
      "start one",
      "restart one",
    ]);
  });

  it("takes a body that is empty, but a type that is JSON", async () => {
    const type = { "content-type": "application/json; charset=utf-8" };
    assert.equal((await api.call("POST", "/v1/workloads/one/start", "", type)).status, 200);
    assert.equal((await api.call("POST", "/v1/workloads/one/start")).status, 415);
  });

  it("takes the time that work in flight may have", async () => {
    const path = "/v1/workloads/one/stop";
    assert.equal((await api.call("POST", path, { gracePeriod: "1500ms" })).status, 200);
    assert.deepEqual(api.host.calls, ["stop grace=1500 one"]);
    for (const gracePeriod of [1500, "1500", "", "1 s", "9999999999h", null, ["1s"]]) {
      assert.equal((await api.call("POST", path, { gracePeriod })).status, 400);
    }
    assert.equal((await api.call("POST", path, { grace: "1s" })).status, 400);
    assert.equal((await api.call("POST", "/v1/workloads/one/start", { force: true })).status, 400);
    assert.equal(api.host.calls.length, 1);
  });

  it("tells of a workload that is not there and of one that is not in the state for it", async () => {
    for (const action of ["start", "stop", "restart"]) {
      assert.equal((await api.call("POST", `/v1/workloads/two/${action}`, {})).status, 404);
      api.host.failure = new OperationError("conflict", "It is being deleted");
      const { status, json } = await api.call("POST", `/v1/workloads/one/${action}`, {});
      assert.equal(status, 409);
      assert.equal(json.detail, "It is being deleted");
    }
    assert.equal((await api.call("POST", "/v1/workloads/one/explode", {})).status, 404);
    assert.equal((await api.call("GET", "/v1/workloads/one/start")).status, 405);
  });
});
