import assert from "node:assert/strict";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { manifest, WatchLab } from "./watch-lab.ts";

describe("Watch", function () {
  this.timeout(30_000);
  let lab: WatchLab;
  beforeEach(async () => {
    lab = await WatchLab.open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it("applies what is there", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    assert.equal(await lab.start(["a.yaml"]), true);
    assert.deepEqual(lab.host.calls, ["apply a"]);
    assert.deepEqual(lab.lines, ["created default/a, version 1"]);
  });

  it("applies a component that changes, however it is written", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    await lab.write("a.wasm", "2");
    await until(() => lab.printed("replaced default/a") === 1);
    await lab.write("a.new", "3");
    await rename(join(lab.root, "a.new"), join(lab.root, "a.wasm"));
    await until(() => lab.printed("replaced default/a") === 2);
  });

  it("does nothing about a component that is written again with the same content", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    await lab.write("a.wasm", "1");
    await lab.quiet();
    assert.deepEqual(lab.host.calls, ["apply a"]);
  });

  it("applies manifests that change, that are added to a directory and that go", async () => {
    await lab.write("a.wasm", "1");
    await mkdir(join(lab.root, "manifests"));
    await lab.write("manifests/a.yaml", manifest("a", "../a.wasm"));
    await lab.start(["manifests"]);
    await lab.write("manifests/b.yaml", manifest("b", "../a.wasm"));
    await until(() => lab.host.hosted.has("default/b"));
    await lab.write("manifests/b.yaml", manifest("c", "../a.wasm"));
    await until(() => lab.host.hosted.has("default/c") && !lab.host.hosted.has("default/b"));
    await rm(join(lab.root, "manifests/b.yaml"));
    await until(() => !lab.host.hosted.has("default/c"));
    assert.deepEqual([...lab.host.hosted.keys()], ["default/a"]);
  });

  it("watches the components that a changed manifest names", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("b.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    await lab.write("a.yaml", manifest("a", "b.wasm"));
    await until(() => lab.printed("replaced default/a") === 1);
    await lab.write("b.wasm", "2");
    await until(() => lab.printed("replaced default/a") === 2);
    await lab.write("a.wasm", "2");
    await lab.quiet();
    assert.equal(lab.host.calls.length, 3);
  });

  it("starts in the place of a workload of another name after that has left it", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a", "a.wasm", "same.localhost"));
    await lab.start(["a.yaml"]);
    await lab.write("a.yaml", manifest("b", "a.wasm", "same.localhost"));
    await until(() => lab.host.hosted.has("default/b"));
    await until(() => lab.host.calls.length === 3);
    assert.deepEqual(lab.host.calls, ["apply a", "delete default/a", "apply b"]);
  });

  it("tells once of a manifest with errors, keeps what runs, and applies it when it is right", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    await lab.write("a.yaml", manifest("a").replace("spec:", "spek:"));
    await until(() => lab.printed("spek is unknown") === 1);
    await lab.write("a.wasm", "2");
    await lab.quiet();
    assert.equal(lab.printed("spek is unknown"), 1);
    assert.deepEqual(lab.host.calls, ["apply a"]);
    await lab.write("a.yaml", manifest("a"));
    await until(() => lab.printed("replaced default/a") === 1);
    await lab.write("a.yaml", manifest("a").replace("spec:", "spek:"));
    await until(() => lab.printed("spek is unknown") === 2);
  });

  it("waits for a component that is missing", async () => {
    await lab.write("a.yaml", manifest("a"));
    assert.equal(await lab.start(["a.yaml"]), false);
    assert.equal(lab.printed("a.wasm does not exist"), 1);
    await lab.write("a.wasm", "1");
    await until(() => lab.host.hosted.has("default/a"));
  });

  it("says when a change made no difference", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    await lab.write("a.yaml", `# comment\n${manifest("a")}`);
    await until(() => lab.printed("nothing changed") === 1);
  });

  it("tells once of what cannot be applied, and of it again after something went well", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    for (const text of ["2", "3"]) {
      lab.host.failure = new Error("Cannot compile a.wasm");
      await lab.write("a.wasm", text);
      await until(() => lab.host.failure === undefined);
    }
    await lab.write("a.wasm", "4");
    await until(() => lab.printed("replaced default/a") === 1);
    assert.equal(lab.printed("Cannot compile"), 1);
    lab.host.failure = new Error("Cannot compile a.wasm");
    await lab.write("a.wasm", "5");
    await until(() => lab.printed("Cannot compile") === 2);
  });

  it("does not try a version again that did not get ready, until it changes", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("b.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.write("b.yaml", manifest("b", "b.wasm"));
    await lab.start(["a.yaml", "b.yaml"]);
    lab.host.outcomes.set("default/a", { outcome: "kept", reason: "It trapped" });
    await lab.write("a.wasm", "2");
    await until(() => lab.host.outcomes.size === 0);
    await lab.write("b.wasm", "2");
    await until(() => lab.printed("replaced default/b") === 1);
    assert.deepEqual(lab.host.calls.slice(1), ["apply a b", "apply b"]);
    await lab.write("a.wasm", "3");
    await until(() => lab.printed("replaced default/a") === 1);
  });

  it("leaves workloads of others alone", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    lab.host.hosted.delete("default/a");
    await lab.write("a.yaml", manifest("b"));
    await until(() => lab.host.hosted.has("default/b"));
    assert.equal(lab.printed("deleted"), 0);
  });

  it("applies one thing after the other, and what changes meanwhile next", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    const gate = Promise.withResolvers<void>();
    lab.host.gate = gate.promise;
    await lab.write("a.wasm", "2");
    await until(() => lab.host.running === 1);
    await lab.write("a.wasm", "3");
    await lab.quiet();
    assert.equal(lab.host.running, 1);
    assert.equal(lab.host.calls.length, 2);
    lab.host.gate = Promise.resolve();
    gate.resolve();
    await until(() => lab.host.calls.length === 3);
  });

  it("ends while it waits, and while it applies", async () => {
    await lab.write("a.wasm", "1");
    await lab.write("a.yaml", manifest("a"));
    await lab.start(["a.yaml"]);
    const gate = Promise.withResolvers<void>();
    lab.host.gate = gate.promise;
    await lab.write("a.wasm", "2");
    await until(() => lab.host.running === 1);
    lab.interrupt.abort();
    gate.resolve();
    await lab[Symbol.asyncDispose]();
    assert.equal(lab.printed("error"), 0);
  });
});
