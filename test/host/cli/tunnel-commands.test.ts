import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { runProgram } from "../../../host/cli/program.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { manifest, serve, type ServedApi } from "../api/served.ts";
import { eventually, read, connectTo } from "../tunnel/support.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

let api: ServedApi;
let terminal: MemoryTerminal;

async function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  interrupt: AbortSignal = new AbortController().signal,
): Promise<number> {
  terminal = new MemoryTerminal();
  const own = { XDG_RUNTIME_DIR: api.directory, ISLET_HOST: api.socketPath };
  const context = { terminal, environment: { ...own, ...environment }, interrupt };
  return await runProgram(["tunnel", ...args], context);
}

describe("islet tunnel", () => {
  beforeEach(async () => {
    api = await serve();
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("starts, lists and stops", async () => {
    assert.equal(await run(["start", "one", "80"]), 0);
    assert.match(
      terminal.lines.join(),
      /^\S{36} {2}http:\/\/bore\.pub:12345 -> default\/one port 80$/,
    );
    assert.match(terminal.errors.join(), /not encrypted: whoever runs bore\.pub/);
    assert.equal(await run(["status"]), 0);
    assert.match(
      terminal.lines.join("\n"),
      /default\/one +80 +Connected +http:\/\/bore\.pub:12345/,
    );
    assert.equal(await run(["reconnect", "one"]), 0);
    assert.match(terminal.lines.join(), /connects anew$/);
    assert.equal(await run(["stop", "one"]), 0);
    assert.match(terminal.lines.join(), /stopped$/);
    assert.equal(await run(["status", "one"]), 0);
    assert.match(terminal.errors.join(), /^Not started/);
  });

  it("tells of none of a workload that is deleted meanwhile", async () => {
    await run(["start", "one", "80"]);
    const { tunnels } = api.host;
    const { id } = api.host.get("one");
    const list = tunnels.list.bind(tunnels);
    tunnels.list = (reference) => {
      if (reference === id) throw new OperationError("not-found", "There is no such workload");
      return list(reference);
    };
    assert.equal(await run(["status"]), 0);
    assert.match(terminal.errors.join(), /^Not started/);
    assert.equal(await run(["status", id]), 1);
  });

  it("stops the tunnels whose IDs begin as it is told, and no other", async () => {
    for (const port of ["80", "81"]) assert.equal(await run(["start", "one", port]), 0);
    const [first] = api.host.tunnels.list("one");
    assert(first !== undefined);
    for (const [id, message] of [
      ["", /has no tunnel ""/],
      ["nothing", /has no tunnel "nothing"/],
    ] as const) {
      assert.equal(await run(["stop", "one", first.id, id]), 1);
      assert.match(terminal.errors.join(), message);
      assert.equal(api.host.tunnels.list("one").length, 2);
    }
    assert.equal(await run(["stop", "one", first.id.slice(0, 18)]), 0);
    assert.deepEqual(
      api.host.tunnels.list("one").map(({ port }) => port),
      [81],
    );
  });

  it("reads secrets from files and variables, and shows none", async () => {
    const secret = join(api.directory, "secret");
    const basic = join(api.directory, "basic");
    await writeFile(secret, "hunter2\n");
    await writeFile(basic, "me:pass:word\n");
    const args = ["start", "one", "web", "--to", "islet://tunnel.example.com", "-o", "json"];
    const limits = ["--max-connections", "5", "--bandwidth", "1Mi", "--expires", "1h"];
    const access = ["--basic-auth-file", basic, "--link", "--from", "10.0.0.0/8"];
    const all = [...args, ...limits, ...access, "--port", "4000"];
    assert.equal(await run([...all, "--secret-file", secret]), 0);
    assert.ok(![...terminal.lines, ...terminal.errors].join().includes("hunter2"));
    assert.match(terminal.errors.join(), /Visitors are checked here/);
    assert.equal(await run([...all, "--secret-env", "S"], { S: "swordfish" }), 0);
    const [first, second] = api.host.tunnels.wishes;
    assert.partialDeepStrictEqual(first, {
      port: "web",
      to: "islet://tunnel.example.com",
      remotePort: 4000,
      secret: { tag: "text", text: "hunter2" },
      basic: { username: "me", password: { tag: "text", text: "pass:word" } },
      link: true,
      from: ["10.0.0.0/8"],
      maxConnections: 5,
      bandwidth: 1 << 20,
      expires: 3_600_000,
    });
    assert.deepEqual(second?.secret, { tag: "text", text: "swordfish" });
  });

  it("fails where a tunnel failed, and says what to do", async () => {
    const failure = {
      code: "unauthorized",
      reason: "Wrong secret",
      hint: "Use the right one",
    } as const;
    api.host.tunnels.state = { tag: "failed", since: 0, failure };
    assert.equal(await run(["start", "one", "80"]), 1);
    assert.match(terminal.errors.join("\n"), /Wrong secret\. Use the right one/);
    assert.equal(await run(["status"]), 0);
    assert.match(terminal.lines.join("\n"), /Failed.*Wrong secret\. Use the right one/);
  });

  it("makes links", async () => {
    assert.equal(await run(["start", "one", "80", "--link"]), 0);
    assert.equal(await run(["link", "one", "--path", "/a", "--expires", "1h"]), 0);
    assert.deepEqual(terminal.lines, ["http://bore.pub:12345/a?80-3600000"]);
    assert.equal(await run(["link", "one", "x"]), 1);
  });

  const wrong: readonly (readonly string[])[] = [
    ["start", "one", "70000"],
    ["start", "one", "80", "--to", "http://x"],
    ["start", "one", "80", "--port", "0"],
    ["start", "one", "80", "--secret", "hunter2"],
    ["start", "one", "80", "--secret-file", "/none"],
    ["start", "one", "80", "--secret-env", "NONE"],
    ["start", "one", "80", "--bandwidth", "fast"],
    ["start", "one", "80", "--expires", "soon"],
    ["start", "one", "80", "--expires", "9999999999h"],
    ["link", "one", "--expires", "9999999999h"],
    ["start", "one", "80", "--basic-auth-file", "/dev/null"],
    ["link", "one", "--path", "x"],
    ["serve", "--bind", "localhost"],
    ["serve", "--min-port", "5", "--max-port", "4"],
    ["serve", "--port", "x"],
    ["serve", "--tls-cert", "x"],
  ];
  for (const args of wrong) {
    it(`calls ${args.join(" ")} wrong usage`, async () => {
      assert.equal(await run(args), 2);
      assert.deepEqual(api.host.tunnels.all, []);
    });
  }

  it("serves until it is interrupted", async () => {
    const interrupt = new AbortController();
    const args = ["serve", "--port", "0", "--min-port", "21000", "--max-port", "21999"];
    const done = run(args, {}, interrupt.signal);
    await eventually(() => terminal.lines.length === 1);
    const [, port] =
      /^Tunnel server at 127\.0\.0\.1:(\d+), public ports 21000 to 21999$/.exec(
        terminal.lines[0] ?? "",
      ) ?? [];
    const socket = await connectTo(Number(port));
    socket.write('{"Hello":0}\0');
    assert.match((await read(socket, 16)).toString(), /^\{"Hello":21\d{3}\}\0/);
    await eventually(() => terminal.errors.some((line) => line.includes("opened for 127.0.0.1")));
    interrupt.abort();
    assert.equal(await done, 0);
    socket.destroy();
  });
});
