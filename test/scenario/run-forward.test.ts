import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { manifestOf } from "../support/manifest.ts";
import { type Ended, runIslet } from "../support/run-islet.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

describe("islet run --forward", function () {
  this.timeout(30_000);
  const stack = new AsyncDisposableStack();
  let environment: NodeJS.ProcessEnv;
  let manifest: string;
  let two: string;
  let published: string;
  let islet: ServerProcess;

  before(async () => {
    const { path } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-forward-")));
    environment = {
      XDG_RUNTIME_DIR: join(path, "run"),
      XDG_STATE_HOME: join(path, "state"),
      ISLET_HOST: "",
      ISLET_TOKEN: "",
    };
    manifest = join(path, "echo.yaml");
    two = join(path, "two.yaml");
    const echo = { name: "echo", service: { guest: "tcp-echo" } } as const;
    await writeFile(manifest, manifestOf([echo]));
    published = join(path, "published.yaml");
    const ports = [{ name: "lines", port: 7777, protocol: "TCP", publish: "auto" }];
    await writeFile(published, manifestOf([{ ...echo, service: { ...echo.service, ports } }]));
    await writeFile(two, manifestOf([echo, { ...echo, name: "other" }]));
    const http = ["--http", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    islet = stack.use(
      await startServer([MAIN, "run", manifest, ...http, "--forward", "auto:7777"], environment),
    );
  });
  after(() => stack.disposeAsync());

  function run(...args: readonly string[]): Promise<Ended> {
    return runIslet(args, { environment });
  }

  it("prints where it is and leads there", async () => {
    const line = islet.lines.find((one) => one.includes("-> default/echo port 7777")) ?? "";
    assert.equal(await ask(portIn(line), "hello"), "hello");
  });

  it("prints as well where the ports of manifests are", async () => {
    const addresses = ["--http", "127.0.0.1:0", "--no-api"];
    const found = /127\.0\.0\.1:\d+ \[::1\]:\d+ -> default\/echo port 7777$/;
    await using run = await startServer([MAIN, "run", published, ...addresses], environment, found);
    assert.equal(await ask(portIn(run.url), "hello"), "hello");
  });

  it("is joined by islet forward add, listed and removed", async () => {
    const added = await run("forward", "add", "echo", "auto:7777", "--label", "web", "--ttl", "1h");
    assert.equal(added.code, 0, added.stderr);
    const port = portIn(added.stdout);
    assert.equal(await ask(port, "hello"), "hello");
    const listed = await run("forward", "list", "echo", "-o", "json");
    const [first, second] = JSON.parse(listed.stdout);
    assert.equal(first.label, null);
    assert.partialDeepStrictEqual(second, { label: "web", workload: "default/echo", port: 7777 });
    assert.equal(second.stats.bytesIn, 5);
    assert.match((await run("forward", "list")).stdout, /LABEL[^]*default\/echo +web +127/);
    const held = await run("forward", "add", "echo", `${port}:7777`);
    assert.equal(held.code, 1);
    assert.equal(
      held.stderr.trim(),
      `error: Cannot forward 127.0.0.1:${port}: held by forward "web" of workload echo. Try --forward ${port + 1}:7777`,
    );
    const removed = await run("forward", "remove", "echo", second.id.slice(0, 12));
    assert.equal(removed.code, 0, removed.stderr);
    await assert.rejects(ask(port, "hello"), { code: "ECONNREFUSED" });
    assert.equal((await run("forward", "remove", "echo", "none")).code, 1);
  });

  const wrong: [string[], RegExp][] = [
    [["forward", "add", "echo", "example.com:80:80"], /has no IP address: "example.com"/],
    [["forward", "add", "echo", "8080:80", "--ttl", "long"], /--ttl long is no duration/],
    [["forward", "add", "echo", "other/8080:80"], /named before the forwards/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.slice(2).join(" ")} as wrong usage`, async () => {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  it("refuses what is no forward before anything runs, and asks for a workload where there are several", async () => {
    const bad = await run("run", manifest, "--http", "127.0.0.1:0", "--forward", "x:y:z");
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /--forward "x:y:z" has no/);
    const several = await run("run", two, "--http", "127.0.0.1:0", "--forward", "auto:7777");
    assert.equal(several.code, 2);
    assert.match(
      several.stderr,
      /--forward names no workload, and there are several: default\/echo, default\/other/,
    );
  });
});

function portIn(text: string): number {
  return Number(/127\.0\.0\.1:(?<port>\d+) \[::1\]/.exec(text)?.groups?.["port"]);
}

async function ask(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(text);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks).toString();
}
