import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { type Json, manifest, serve, type ServedApi, TOKEN } from "../api/served.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("the commands for a running host", () => {
  let api: ServedApi;
  let terminal: MemoryTerminal;

  beforeEach(async () => {
    api = await serve();
    await writeFile(join(api.directory, "one.yaml"), manifest("one"));
    await writeFile(join(api.directory, "bad.yaml"), manifest("bad").replace("image", "imag"));
  });
  afterEach(() => api[Symbol.asyncDispose]());

  /** Runs a command; `environment` is added to that of the test's host. */
  async function run(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    interrupt: AbortSignal = new AbortController().signal,
  ): Promise<number> {
    terminal = new MemoryTerminal();
    const own = {
      XDG_RUNTIME_DIR: api.directory,
      XDG_STATE_HOME: api.directory,
      ISLET_HOST: api.socketPath,
    };
    return await runProgram(args, { terminal, environment: { ...own, ...environment }, interrupt });
  }

  async function applyOne(): Promise<void> {
    assert.equal(await run(["apply", "-f", join(api.directory, "one.yaml")]), 0);
  }

  function json(): Json {
    return JSON.parse(terminal.lines.join("\n"));
  }

  it("applies files and says what became of each", async () => {
    await applyOne();
    assert.deepEqual(terminal.lines, ["default/one created: running (The service listens)"]);
    assert.equal(await run(["apply", "-f", join(api.directory, "one.yaml"), "--no-wait"]), 0);
    assert.deepEqual(api.host.calls, ["apply one wait=true", "apply one wait=false"]);
  });

  for (const outcome of ["failed", "kept"] as const) {
    it(`fails where a workload is ${outcome}`, async () => {
      api.host.outcome = outcome;
      assert.equal(await run(["apply", "-f", join(api.directory, "one.yaml")]), 1);
      assert.match(terminal.lines[0] ?? "", /did not get ready within 10 s/);
      assert.match(
        terminal.errors[0] ?? "",
        /Not ready: default\/one\. Try: islet logs default\/one/,
      );
    });
  }

  it("tells mistakes of manifests a line each, as islet run does", async () => {
    assert.equal(await run(["apply", "-f", join(api.directory, "bad.yaml")]), 1);
    const [first = ""] = terminal.errors.join("\n").split("\n");
    assert.match(first, /\bbad\.yaml:6:\d+: /);
    assert.deepEqual(api.host.calls, []);
  });

  it("tells of files that are not there before it looks for a host", async () => {
    assert.equal(await run(["apply", "-f", "/none.yaml"], { ISLET_HOST: "/none.sock" }), 1);
    assert.match(
      terminal.errors.join("\n"),
      /^\/none\.yaml:1:1: The file or directory does not exist/,
    );
  });

  it("lists workloads", async () => {
    assert.equal(await run(["ps"]), 0);
    assert.deepEqual(terminal.errors, ["No workloads. Try: islet apply -f FILE"]);
    await applyOne();
    assert.equal(await run(["ps"]), 0);
    assert.match(terminal.lines[0] ?? "", /^WORKLOAD +STATE +READY +RESTARTS +CPU +AGE +REASON$/);
    assert.match(
      terminal.lines[1] ?? "",
      /^default\/one +running +1\/1 +2 +13ms +\d+d +The service/,
    );
    assert.equal(await run(["ps", "-o", "json"]), 0);
    assert.equal(json()[0].name, "one");
  });

  it("describes a workload, without values of its variables", async () => {
    await applyOne();
    assert.equal(await run(["describe", "one"]), 0);
    const text = terminal.lines.join("\n");
    assert.match(text, /state +running \(The service listens\)/);
    assert.match(text, /reachable at +http:\/\/one\.default\.localhost:8000\//);
    assert.match(text, /environment +SECRET/);
    assert.match(text, /allowedHosts +a\.example/);
    assert.match(text, /1970-01-01T00:00:00\.000Z +running/);
    assert.ok(!text.includes("hush"));
    assert.equal(await run(["describe", "default/one", "-o", "json"]), 0);
    assert.equal(json().endpoints.length, 1);
  });

  it("prints logs without what steers terminals", async () => {
    await applyOne();
    api.host.log("zero\u001b[2J");
    api.host.log("one", "web");
    assert.equal(await run(["logs", "one"]), 0);
    assert.deepEqual(terminal.lines, ["service | zero\\x1b[2J", "web | one"]);
    assert.equal(await run(["logs", "one", "--guest", "web", "--timestamps"]), 0);
    assert.deepEqual(terminal.lines, ["1970-01-01T00:00:01.000Z web | one"]);
    assert.equal(await run(["logs", "one", "--tail", "1", "-o", "json"]), 0);
    assert.equal(json().line, "one");
    assert.equal(await run(["logs", "one", "--since", "1h"]), 0);
    assert.deepEqual(terminal.lines, []);
  });

  it("follows logs until it is interrupted, which is no failure", async () => {
    await applyOne();
    api.host.log("zero");
    const interrupt = new AbortController();
    const running = run(["logs", "one", "-f"], {}, interrupt.signal);
    while (terminal.lines.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    api.host.log("one");
    while (terminal.lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    interrupt.abort();
    assert.equal(await running, 0);
    assert.deepEqual(terminal.lines, ["service | zero", "service | one"]);
  });

  it("starts, stops, restarts and deletes, several at once", async () => {
    await applyOne();
    await writeFile(join(api.directory, "two.yaml"), manifest("two"));
    await run(["apply", "-f", join(api.directory, "two.yaml")]);
    api.host.calls.length = 0;
    assert.equal(await run(["stop", "one", "--grace", "2s"]), 0);
    assert.deepEqual(terminal.lines, ["default/one stopping (Stopped)"]);
    assert.equal(await run(["start", "one", "two"]), 0);
    assert.equal(await run(["restart", "one"]), 0);
    assert.equal(await run(["delete", "one", "none", "two"]), 1);
    assert.deepEqual(terminal.lines, ["one deleted", "two deleted"]);
    assert.match(terminal.errors.join("\n"), /There is no workload none/);
    assert.equal(await run(["delete", "one"]), 1);
    assert.ok(api.host.calls.includes("stop grace=2000 one"));
  });

  it("asks the running host what policy says, of all guests or one", async () => {
    await applyOne();
    for (const id of ["one", "default/one", "one/web", "default/one/web"]) {
      assert.equal(await run(["policy", "explain", id, "tcp-connect", "10.0.0.1:80"]), 0);
      assert.match(
        terminal.lines[0] ?? "",
        /^default\/one\/web {2}tcp-connect 10\.0\.0\.1:80 {2}denied$/,
      );
    }
    assert.equal(await run(["policy", "explain", "one", "lookup", "a.example", "-o", "json"]), 0);
    assert.equal(json()[0].use, "lookup");
    assert.equal(await run(["policy", "explain", "onne", "lookup", "a.example"]), 1);
    assert.match(
      terminal.errors[0] ?? "",
      /The host has no workload onne \(did you mean "one"\?\)/,
    );
  });

  it("prints what policy decided", async () => {
    await applyOne();
    assert.equal(await run(["policy", "log", "one"]), 0);
    assert.deepEqual(terminal.errors, ["Nothing was denied to one or let out of it"]);
    api.host.decisionRecords = [
      {
        guest: "web",
        use: "tcp-connect",
        address: "10.0.0.1:80",
        name: "db\u001b",
        rule: "not-allowed",
        outcome: "deny",
        reason: "No entry",
        count: 3,
        first: 0,
        last: 0,
      },
    ];
    assert.equal(await run(["policy", "log", "one"]), 0);
    assert.deepEqual(terminal.lines, [
      "1970-01-01T00:00:00.000Z web tcp-connect db\\x1b (10.0.0.1:80) denied 3 times by not-allowed (No entry)",
    ]);
  });

  it("talks over TCP with the token of the environment", async () => {
    const address = { ISLET_HOST: "" };
    assert.equal(await run(["ps", "--host", api.url], { ...address, ISLET_TOKEN: TOKEN }), 0);
    assert.equal(await run(["ps", "--host", api.url], { ...address, ISLET_TOKEN: "wrong" }), 1);
    assert.match(terminal.errors[0] ?? "", /The token is not that of this host/);
    assert.equal(await run(["ps", "--host", api.url], address), 1);
    assert.match(terminal.errors[0] ?? "", /needs its token/);
  });

  it("says where it looked for a host and what to try", async () => {
    assert.equal(await run(["ps"], { ISLET_HOST: undefined }), 1);
    const path = join(api.directory, "islet", "host.sock");
    assert.deepEqual(terminal.errors, [`error: No islet host answers at ${path}. Try: islet host`]);
    assert.equal(await run(["ps", "--host", "http://127.0.0.1:1"]), 1);
    assert.match(
      terminal.errors[0] ?? "",
      /No islet host answers at http:\/\/127\.0\.0\.1:1\. Try/,
    );
  });

  const wrong: readonly (readonly string[])[] = [
    ["apply"],
    ["apply", "one.yaml"],
    ["ps", "extra"],
    ["ps", "-o", "yaml"],
    ["describe"],
    ["describe", "one", "two"],
    ["logs", "one", "--tail", "x"],
    ["logs", "one", "--tail", "-1"],
    ["logs", "one", "--since", "yesterday"],
    ["stop"],
    ["stop", "one", "--grace", "5"],
    ["start", "one", "--grace", "5s"],
    ["delete", "one", "-o", "xml"],
    ["ps", "--host", "ftp://x"],
    ["ps", "--host", ".."],
    ["ps", "--host", "http://user@127.0.0.1"],
    ["ps", "--host", "http://127.0.0.1/path"],
    ["policy", "explain", "one", "tcp-conect", "a:1"],
    ["policy", "explain", "one", "lookup", "a", "--allow-host-loopback"],
    ["policy", "log"],
    ["run", "x.yaml", "--api", "0.0.0.0:8787"],
    ["run", "x.yaml", "--api", "[::]:8787"],
    ["run", "x.yaml", "--api", "nonsense"],
    ["host", "--api", "192.0.2.1:8787"],
    ["host", "--no-api"],
    ["host", "--socket", ".."],
    ["host", "--api", "0", "--api-token-file", "/none"],
    ["host", "extra"],
  ];
  for (const args of wrong) {
    it(`takes "islet ${args.join(" ")}" for wrong usage`, async () => {
      const done = ["host", "run"].includes(args[0] ?? "") ? ["--http", "127.0.0.1:0"] : [];
      assert.equal(await run([...args, ...done]), 2);
      assert.ok(terminal.errors.length > 0);
      assert.deepEqual(terminal.lines, []);
    });
  }

  const COMMANDS = [
    "host",
    "run",
    "apply",
    "ps",
    "describe",
    "logs",
    "start",
    "stop",
    "restart",
    "delete",
  ];
  for (const command of [
    ...COMMANDS.map((name) => [name]),
    ["policy", "log"],
    ["policy", "explain"],
  ]) {
    it(`has examples in the help of islet ${command.join(" ")}`, async () => {
      assert.equal(await run([...command, "--help"]), 0);
      assert.match(
        terminal.lines.join("\n"),
        new RegExp(`Examples:\\n  islet ${command.join(" ")} ?`),
      );
    });
  }
});
