import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { manifest, serve, type ServedApi } from "./served.ts";
import { openEvents } from "./sse.ts";

describe("the routes of logs", () => {
  let api: ServedApi;
  let id: string;

  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    const { json } = await api.call("POST", "/v1/workloads", { manifests });
    id = json.applied[0].workload.id;
    api.host.log("zero");
    api.host.log("one", "web");
    api.host.log("two\u001b[31m\n\0\ud800");
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function lines(query: string): Promise<string[]> {
    const { status, json } = await api.call("GET", `/v1/workloads/one/logs${query}`);
    assert.equal(status, 200);
    return json.entries.map((entry: { line: string }) => entry.line);
  }

  it("gives the lines that are kept, whatever is in them", async () => {
    const { json } = await api.call("GET", "/v1/workloads/one/logs");
    assert.deepEqual(json.entries[1], {
      sequence: 1,
      time: "1970-01-01T00:00:01.000Z",
      guest: "web",
      stream: "stdout",
      replica: 0,
      line: "one",
    });
    assert.equal(json.entries[2].line, "two\u001b[31m\n\0\ud800");
  });

  it("gives those of a guest, the last ones, those from a time on", async () => {
    assert.deepEqual(await lines("?guest=web"), ["one"]);
    assert.deepEqual(await lines("?guest=nobody"), []);
    assert.deepEqual((await lines("?tail=1")).length, 1);
    assert.deepEqual(await lines("?tail=0"), []);
    assert.deepEqual((await lines("?since=1970-01-01T00:00:01Z")).length, 2);
    assert.deepEqual(await lines("?since=2970-01-01T00:00:01Z"), []);
  });

  for (const query of [
    "tail=-1",
    "tail=1.5",
    "tail=",
    "tail=99999999999999999999",
    "tail=1&tail=2",
    "since=yesterday",
    "since=5",
    "follow=yes",
    "follow",
    "lines=5",
  ]) {
    it(`refuses ${query}`, async () => {
      const { status, json } = await api.call("GET", `/v1/workloads/one/logs?${query}`);
      assert.equal(status, 400, JSON.stringify(json));
    });
  }

  it("follows: what is kept, then what comes, until the workload is deleted", async () => {
    using events = await openEvents(api, "/v1/workloads/one/logs?follow=true&tail=1");
    assert.equal(events.status, 200);
    assert.equal(events.type, "text/event-stream");
    const first = await events.next();
    assert.equal(first?.id, `${id}.2`);
    assert.equal(JSON.parse(first?.data ?? "").line, "two\u001b[31m\n\0\ud800");
    api.host.log("three");
    assert.equal((await events.data("log")).line, "three");
    await api.call("DELETE", "/v1/workloads/one");
    assert.deepEqual(await events.data("end"), { reason: "The workload was deleted" });
    assert.equal(await events.next(), undefined);
  });

  it("goes on behind the line that a client had last, whatever tail says", async () => {
    const path = "/v1/workloads/one/logs?follow=true&tail=0";
    using events = await openEvents(api, path, { "last-event-id": `${id}.0` });
    assert.equal((await events.data("log")).sequence, 1);
    assert.equal((await events.data("log")).sequence, 2);
  });

  for (const lastId of ["other.0", "0", "", "x.y.z"]) {
    it(`begins anew where the last ID ${JSON.stringify(lastId)} is not one of this workload's`, async () => {
      const path = "/v1/workloads/one/logs?follow=true";
      using events = await openEvents(api, path, { "last-event-id": lastId });
      assert.equal((await events.data("log")).sequence, 0);
    });
  }

  it("lets go of the log when the client hangs up", async () => {
    const before = api.host.subscribers;
    const events = await openEvents(api, "/v1/workloads/one/logs?follow=true");
    await events.next();
    assert.equal(api.host.subscribers, before + 1);
    events[Symbol.dispose]();
    while (api.host.subscribers > before) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("does not begin a stream of what is not there", async () => {
    using events = await openEvents(api, "/v1/workloads/two/logs?follow=true");
    assert.equal(events.status, 404);
    assert.equal(events.type, "application/problem+json");
  });
});
