import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { ForwardError } from "../../../host/ingress/forward/error.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { type Json, manifest, serve, type ServedApi } from "../api/served.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("islet forward", () => {
  let api: ServedApi;
  let terminal: MemoryTerminal;

  beforeEach(async () => {
    api = await serve();
    const name = join(api.directory, "one.yaml");
    await api.call("POST", "/v1/workloads", { manifests: [{ name, text: manifest("one") }] });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function run(...args: readonly string[]): Promise<number> {
    terminal = new MemoryTerminal();
    const environment = { ISLET_HOST: api.socketPath, XDG_RUNTIME_DIR: api.directory };
    const interrupt = new AbortController().signal;
    return await runProgram(["forward", ...args], { terminal, environment, interrupt });
  }

  function json(): Json {
    return JSON.parse(terminal.lines.join("\n"));
  }

  it("adds, lists and removes", async () => {
    assert.equal(await run("add", "one", "auto:80", "auto:81/udp", "-o", "json"), 0);
    const ids = json().map(({ id }: Json) => id);
    assert.equal(ids.length, 2);
    assert.equal(await run("list"), 0);
    assert.match(terminal.lines.join("\n"), /default\/one +- +127\.0\.0\.1:20000 +81\/udp/);
    assert.equal(await run("remove", "one", ids[0], ids[0], "-o", "json"), 0);
    assert.deepEqual(json(), [ids[0]]);
    assert.equal(await run("remove", "one", ids[1].slice(0, 8)), 0);
    assert.deepEqual(terminal.lines, [`${ids[1]} removed`]);
    assert.equal(await run("list", "one"), 0);
    assert.deepEqual(terminal.errors, ["No forwards. Try: islet forward add WORKLOAD 8080:3000"]);
  });

  it("lists none of a workload that is deleted meanwhile", async () => {
    const name = join(api.directory, "two.yaml");
    await api.call("POST", "/v1/workloads", { manifests: [{ name, text: manifest("two") }] });
    await run("add", "one", "auto:80", "-o", "json");
    const [{ id }] = json();
    const { forwards } = api.host;
    const list = forwards.list.bind(forwards);
    const { id: gone } = api.host.get("two");
    forwards.list = (reference) => {
      if (reference === gone) throw new OperationError("not-found", "There is no such workload");
      return list(reference);
    };
    assert.equal(await run("list", "-o", "json"), 0);
    assert.deepEqual(
      json().map((forward: Json) => forward.id),
      [id],
    );
    assert.equal(await run("list", gone), 1);
  });

  it("says how it is to be treated who comes", async () => {
    const { forwards } = api.host;
    const add = forwards.add.bind(forwards);
    let asked: unknown;
    forwards.add = async (reference, forward) => {
      asked = forward;
      return await add(reference, forward);
    };
    const options = ["--proxy-protocol", "in", "--max-connections", "7", "--idle-timeout", "5m"];
    assert.equal(await run("add", "one", "auto:80", ...options), 0);
    assert.partialDeepStrictEqual(asked, {
      proxyProtocol: "in",
      maxConnections: 7,
      idleTimeout: 300_000,
    });
  });

  it("removes nothing where one of the IDs is none", async () => {
    await run("add", "one", "auto:80", "-o", "json");
    const [{ id }] = json();
    for (const text of ["", "nothing", "..", `${id}0`]) {
      assert.equal(await run("remove", "one", id, text), 1);
      assert.deepEqual(terminal.errors, [
        `error: Workload one has no forward "${text}". Try: islet forward list one`,
      ]);
    }
    assert.equal(api.host.forwards.all.length, 1);
  });

  it("tells which were opened before one that could not be", async () => {
    const { forwards } = api.host;
    const add = forwards.add.bind(forwards);
    forwards.add = async (reference, forward) => {
      if (forward.port === 81) throw new ForwardError("conflict", "It is held by another");
      return await add(reference, forward);
    };
    assert.equal(await run("add", "one", "auto:80", "auto:81"), 1);
    assert.match(
      terminal.lines.join("\n"),
      /^[\da-f-]{36} {2}127\.0\.0\.1:20000 -> default\/one port 80/,
    );
    assert.deepEqual(terminal.errors, ["error: It is held by another"]);
  });

  for (const args of [
    ["add", "one", "auto:80", "-o", "yaml"],
    ["add", "one", "auto:80", "--ttl", "soon"],
    ["add", "one", "auto:80", "--ttl", "9999999999h"],
    ["add", "one", "auto:80", "--idle-timeout", "soon"],
    ["add", "one", "auto:80", "--max-connections", "0"],
    ["add", "one", "auto:80", "--max-connections", "many"],
    ["add", "one", "auto:80", "--proxy-protocol", "v3"],
    ["add", "one", "one/auto:80"],
    ["add", "one", "99999:80"],
    ["add", "one"],
    ["list", "-o", "yaml"],
    ["remove", "one"],
    ["remove", "one", "x", "-o", "yaml"],
  ]) {
    it(`does nothing for "islet forward ${args.join(" ")}", which is wrong usage`, async () => {
      assert.equal(await run(...args), 2);
      assert.deepEqual(api.host.forwards.all, []);
      assert.deepEqual(terminal.lines, []);
    });
  }

  for (const command of ["add", "list", "remove"]) {
    it(`has examples in the help of islet forward ${command}`, async () => {
      assert.equal(await run(command, "--help"), 0);
      assert.match(terminal.lines.join("\n"), new RegExp(`Examples:\\n  islet forward ${command}`));
    });
  }
});
