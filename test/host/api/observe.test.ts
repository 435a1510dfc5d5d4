import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { DecisionRecord } from "../../../policy/decision-log.ts";
import { manifest, serve, type ServedApi } from "./served.ts";
import { openEvents } from "./sse.ts";

const DENIED: DecisionRecord = {
  guest: "web",
  use: "tcp-connect",
  address: "10.0.0.1:80",
  name: undefined,
  rule: "not-allowed",
  outcome: "deny",
  reason: "No entry",
  count: 1,
  first: 0,
  last: 1000,
};

describe("the routes that observe", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("gives and follows listeners, the whole list with each change and only with a change", async () => {
    const path = "/v1/workloads/one/listeners";
    assert.deepEqual((await api.call("GET", path)).json, { listeners: [] });
    using events = await openEvents(api, `${path}?follow=true`);
    assert.deepEqual(await events.data("listeners"), { listeners: [] });
    const port = {
      tag: "port",
      workload: "default/one",
      address: "127.0.0.1:7777",
      open: true,
    } as const;
    api.host.emit(port);
    const listener = { replica: 0, protocol: "tcp", address: "127.0.0.1:7777" } as const;
    api.host.listenerStatuses = [listener];
    api.host.emit(port);
    assert.deepEqual(await events.data("listeners"), { listeners: [listener] });
    await api.call("DELETE", "/v1/workloads/one");
    await events.data("end");
  });

  it("looks once however much happens at a time", async () => {
    const { host } = api;
    let count = 0;
    const listeners = host.listeners.bind(host);
    host.listeners = (reference) => {
      count += 1;
      return listeners(reference);
    };
    using events = await openEvents(api, "/v1/workloads/one/listeners?follow=true");
    await events.data("listeners");
    count = 0;
    host.listenerStatuses = [{ replica: 0, protocol: "tcp", address: "127.0.0.1:1" }];
    for (let event = 0; event < 100; event += 1) host.emit({ tag: "warning", message: "often" });
    await events.data("listeners");
    assert.equal(count, 1);
  });

  it("gives and follows endpoints", async () => {
    const path = "/v1/workloads/one/endpoints";
    const endpoints = [
      { protocol: "http", url: "http://one.default.localhost:8000/", address: "127.0.0.1:8000" },
    ];
    assert.deepEqual((await api.call("GET", path)).json, { endpoints });
    using events = await openEvents(api, `${path}?follow=true`);
    assert.deepEqual(await events.data("endpoints"), { endpoints });
    const { json } = await api.call("POST", "/v1/workloads/one/forwards", { port: 80 });
    const { id, addresses } = json;
    api.host.emit({ tag: "forward", workload: "default/one", id, addresses, open: true });
    const address = "127.0.0.1:20000";
    assert.deepEqual(await events.data("endpoints"), {
      endpoints: [...endpoints, { protocol: "tcp", url: `tcp://${address}`, address }],
    });
  });

  it("gives and follows decisions of one workload", async () => {
    const path = "/v1/workloads/one/decisions";
    api.host.decisionRecords = [DENIED];
    const { json } = await api.call("GET", path);
    assert.equal(json.decisions[0].last, "1970-01-01T00:00:01.000Z");
    assert.equal(json.decisions[0].name, null);
    using events = await openEvents(api, `${path}?follow=true`);
    assert.deepEqual(await events.data("decision"), json.decisions[0]);
    const made = { tag: "decision", record: { ...DENIED, count: 10 } } as const;
    api.host.emit({ ...made, workload: "default/other" });
    api.host.emit({ ...made, workload: "default/one#2" });
    assert.equal((await events.data("decision")).count, 10);
  });

  it("tells what happens, and what happened behind an event", async () => {
    using events = await openEvents(api, "/v1/events");
    api.host.emit({ tag: "warning", message: "first" });
    api.host.emit({
      tag: "log",
      workload: "default/one",
      guest: "service",
      stream: "stdout",
      line: "not here",
    });
    await api.call("POST", "/v1/workloads/one/stop", {});
    const first = await events.next();
    assert.equal(first?.event, "warning");
    const stopped = await events.data("state");
    assert.equal(stopped.workload, "default/one");
    assert.equal(stopped.state, "stopping");
    assert.equal(stopped.reason, "Stopped");
    assert.ok(!Number.isNaN(Date.parse(stopped.time)));
    using again = await openEvents(api, "/v1/events", { "last-event-id": first?.id ?? "" });
    assert.deepEqual(await again.data("state"), stopped);
    api.host.emit({ tag: "decision", workload: "default/one", record: DENIED });
    assert.equal((await again.data("decision")).decision.rule, "not-allowed");
  });

  it("explains for all guests or for one", async () => {
    const path = "/v1/workloads/one/explain";
    const body = { use: "tcp-connect", address: "10.0.0.1:80" };
    const { status, json } = await api.call("POST", path, body);
    assert.equal(status, 200);
    assert.equal(json.explanations[0].guest, "web");
    assert.equal(json.explanations[0].outcome, "deny");
    assert.ok(json.explanations[0].changes.length > 0);
    const other = await api.call("POST", path, { ...body, guest: "nobody" });
    assert.deepEqual(other.json, { explanations: [] });
  });

  for (const [title, body] of Object.entries({
    "an unknown use": { use: "tcp-conect", address: "a:1" },
    "an address without a port": { use: "tcp-connect", address: "a" },
    "a port out of range": { use: "tcp-connect", address: "a:65536" },
    "no address": { use: "lookup" },
    "a number": { use: "lookup", address: 1 },
    "a huge address": { use: "lookup", address: "a".repeat(3000) },
    "an unknown key": { use: "lookup", address: "a.example", force: true },
    nothing: {},
  })) {
    it(`does not explain ${title}`, async () => {
      const { status, json } = await api.call("POST", "/v1/workloads/one/explain", body);
      assert.equal(status, 400, JSON.stringify(json));
    });
  }

  it("says that it is well, and whether it is ready", async () => {
    assert.deepEqual((await api.call("GET", "/healthz")).json, { status: "ok" });
    assert.deepEqual((await api.call("GET", "/readyz")).json, { status: "ready" });
    await using starting = await serve({ notReady: () => "The workloads are starting" });
    assert.equal((await starting.call("GET", "/healthz")).status, 200);
    const { status, json } = await starting.call("GET", "/readyz");
    assert.equal(status, 503);
    assert.equal(json.detail, "The workloads are starting");
  });

  it("ends streams when the host stops, and lets go of it", async () => {
    const events = await openEvents(api, "/v1/events");
    await api.close();
    assert.deepEqual(await events.data("end"), { reason: "The host is stopping" });
    assert.equal(await events.next(), undefined);
    assert.equal(api.host.subscribers, 0);
    assert.deepEqual(api.host.ownPorts, []);
  });
});
