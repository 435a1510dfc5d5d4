import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";
import { type Ended, runIslet } from "../support/run-islet.ts";
import { buildTemplate, projectManifest } from "../support/template.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

const LEET = { headers: { host: "localhost" }, body: JSON.stringify({ payload: "leet" }) };

describe("islet host", function () {
  this.timeout(60_000);
  let directory: string;
  let environment: NodeJS.ProcessEnv;
  let host: ServerProcess;

  before(buildTemplate);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-scenario-"));
    environment = {
      XDG_RUNTIME_DIR: join(directory, "run"),
      XDG_STATE_HOME: join(directory, "state"),
      ISLET_HOST: "",
      ISLET_TOKEN: "",
    };
    host = await start();
  });
  afterEach(async () => {
    await host[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  function start(...args: readonly string[]): Promise<ServerProcess> {
    const all = [MAIN, "host", "--http", "127.0.0.1:0", "--api", "127.0.0.1:0", ...args];
    return startServer(all, environment);
  }

  function islet(...args: readonly string[]): Promise<Ended> {
    return runIslet(args, { environment });
  }

  async function good(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await islet(...args);
    assert.equal(code, 0, `islet ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  it("takes a workload through its life: apply, ps, describe, logs, stop, start, restart, delete", async () => {
    assert.match(
      await good("apply", "-f", projectManifest("service-tcp")),
      /^default\/leet created: running/,
    );
    assert.match(
      await good("apply", "-f", projectManifest("service-tcp")),
      /^default\/leet unchanged/,
    );
    assert.equal((await call(`${host.url}/task`, LEET)).text, "1337\n");
    assert.match(await good("ps"), /^default\/leet +running +1\/1 +0 /m);
    const description = await good("describe", "leet");
    assert.match(description, /listens on +127\.0\.0\.1:7777\/tcp/);
    assert.match(description, /component http-api/);
    assert.match(await good("logs", "leet", "--guest", "service"), /^service \| listening on/);
    assert.match(await good("stop", "leet"), /^default\/leet completed/);
    assert.equal((await call(`${host.url}/task`, LEET)).status, 503);
    assert.match(await good("start", "leet"), /^default\/leet running/);
    assert.match(await good("restart", "default/leet"), /^default\/leet running/);
    assert.equal((await call(`${host.url}/task`, LEET)).text, "1337\n");
    const [{ id }] = JSON.parse(await good("ps", "-o", "json"));
    assert.equal(await good("delete", id), `${id} deleted\n`);
    assert.equal(await good("ps"), "");
    const { code, stderr } = await islet("describe", "leet");
    assert.equal(code, 1);
    assert.match(stderr, /no workload "leet"/);
  });

  it("follows a log across a restart, until the workload is deleted", async () => {
    await good("apply", "-f", projectManifest("service-tcp"));
    const child = spawn(process.execPath, [MAIN, "logs", "leet", "-f", "--guest", "service"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "close");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.match((await lines.next()).value ?? "", /^service \| listening on/);
    await good("restart", "leet");
    assert.match((await lines.next()).value ?? "", /^service \| listening on/);
    await good("delete", "leet");
    assert.deepEqual(await exited, [0, null]);
  });

  it("explains and logs what policy says on the running host", async () => {
    await good("apply", "-f", projectManifest("service-tcp"));
    const explained = await good("policy", "explain", "leet/http-api", "tcp-bind", "127.0.0.1:80");
    assert.match(explained, /^default\/leet\/http-api {2}tcp-bind 127\.0\.0\.1:80 {2}denied$/m);
    assert.match(explained, /component-may-not-listen/);
    await good("policy", "log", "leet");
  });

  it("applies nothing of manifests with a mistake, and keeps what runs when a new version fails", async () => {
    const manifest = join(directory, "one.yaml");
    const text = manifestOf([{ name: "one", component: { guest: "http-hello" } }]);
    await writeFile(manifest, text.replace('"components"', '"komponents"'));
    const wrong = await islet("apply", "-f", manifest);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /one\.yaml:\d+:\d+: spec\.komponents is unknown/);
    assert.equal(await good("ps"), "");
    await writeFile(manifest, text);
    await good("apply", "-f", manifest);
    await writeFile(manifest, text.replace(/"image": "[^"]*"/, `"image": ${JSON.stringify(MAIN)}`));
    const broken = await islet("apply", "-f", manifest);
    assert.equal(broken.code, 1);
    assert.match(await good("ps"), /^default\/one +running/m);
  });

  it("is one host on its socket; a second one has another name", async () => {
    const second = await islet("host", "--http", "127.0.0.1:0", "--api", "0");
    assert.equal(second.code, 1);
    assert.match(
      second.stderr,
      /host\.sock: another host answers there\. Try another name: --socket/,
    );
    await using named = await start("--socket", "second");
    assert.match(named.url, /^http:/);
    await good("apply", "-f", projectManifest("service-tcp"), "--host", "second");
    assert.equal(await good("ps"), "");
    assert.match(await good("ps", "--host", "second"), /default\/leet/);
    const none = await islet("ps", "--host", "third");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /third\.sock\. Try: --host host, or --host second/);
  });

  it("keeps its socket and its token to this user, and removes the socket", async () => {
    const sockets = join(directory, "run", "islet");
    assert.equal((await stat(join(sockets, "host.sock"))).mode & 0o777, 0o600);
    assert.equal((await stat(sockets)).mode & 0o777, 0o700);
    const url = await apiOf(host);
    const file = join(directory, "state", "islet", "api-token");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const token = (await readFile(file, "utf8")).trim();
    assert.equal((await fetch(`${url}/v1/workloads`)).status, 401);
    const authorization = `Bearer ${token}`;
    assert.equal((await fetch(`${url}/v1/workloads`, { headers: { authorization } })).status, 200);
    assert.match(await good("ps", "--host", url), /^$/);
    await host[Symbol.asyncDispose]();
    assert.ok(!host.lines.join("\n").includes(token));
    assert.deepEqual(await readdir(sockets), []);
  });

  it("does not start on an address for the API that is taken, where it was asked for", async () => {
    const address = new URL(await apiOf(host)).host;
    const run = ["run", projectManifest("service-tcp"), "--http", "127.0.0.1:0"];
    const { code, stderr } = await islet(...run, "--api", address);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot listen on 127\.0\.0\.1:\d+: another program holds the port/);
  });

  it("never lets a guest reach the API, whatever it is granted", async () => {
    await using open = await start("--socket", "open", "--allow-host-loopback");
    const { port } = new URL(await apiOf(open));
    const manifest = join(directory, "curious.yaml");
    const resources = { allowedHosts: ["*"], allowedHostLoopbackPorts: [port] };
    const component = { guest: "http-hello", resources } as const;
    await writeFile(manifest, manifestOf([{ name: "curious", component }]));
    await good("apply", "-f", manifest, "--host", "open");
    const question = ["curious", "tcp-connect", `host.wasmcloud.internal:${port}`];
    const answer = await good("policy", "explain", ...question, "--host", "open");
    assert.match(answer, /denied\n +rule +host-owned-port/);
  });

  it("comes back on its socket after it was killed", async () => {
    host.process.kill("SIGKILL");
    await host.exited;
    assert.match((await islet("ps")).stderr, /No islet host answers at .*\. Try: islet host/);
    host = await start();
    assert.equal(await good("ps"), "");
  });

  it("leaves islet run alone, which can be asked as well", async () => {
    const args = [MAIN, "run", projectManifest("service-tcp"), "--http", "127.0.0.1:0"];
    await using run = await startServer(args, environment);
    const line = await apiLine(run);
    const [, socket = ""] = /--host (\S+)$/.exec(line) ?? [];
    assert.match(await good("ps", "--host", socket), /default\/leet +running/);
    assert.equal(await good("ps"), "");
  });
});

/** What a host says about its API, once it has. */
async function apiLine({ lines }: ServerProcess): Promise<string> {
  for (;;) {
    const line = lines.find((each) => each.startsWith("Control API at "));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function apiOf(host: ServerProcess): Promise<string> {
  const [, url = ""] = / and (http:[^\s]+\d)/.exec(await apiLine(host)) ?? [];
  return url;
}
