import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { Secret } from "../../host/tunnel/secret.ts";
import { startServer as startTunnelServer } from "../host/tunnel/support.ts";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";
import { type Ended, runIslet } from "../support/run-islet.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

const CONFIG = `
http:
  address: "127.0.0.1:0"
  limits: { headerSize: 1Ki }
  accessLog: access.log
api: { address: "127.0.0.1:0", socket: ./api.sock }
firecase: { max_forwarded_ports: 1 }
forwards: ["auto:7777", "unix:./echo.sock:7777"]
forwardPorts: { auto: 21000-28999, blocked: [29123] }
quotas: { sockets: 100 }
logs: { directory: logs }
`;

describe("islet.yaml", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let root: string;
  let environment: NodeJS.ProcessEnv;
  let manifest: string;
  let islet: ServerProcess;

  before(async () => {
    root = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-config-"))).path;
    environment = {
      XDG_RUNTIME_DIR: join(root, "run"),
      XDG_STATE_HOME: join(root, "state"),
      ISLET_HOST: "",
      ISLET_TOKEN: "",
    };
    await mkdir(join(root, "shop"));
    manifest = join(root, "shop", "echo.yaml");
    const echo = { name: "echo", service: { guest: "tcp-echo" } } as const;
    await writeFile(manifest, manifestOf([echo]));
    await writeFile(join(root, "shop", "islet.yaml"), CONFIG);
    const args = ["run", join(root, "shop"), "--watch", "--forward", "auto:7777"];
    islet = stack.use(await startServer([MAIN, ...args], environment));
    await until(() => islet.lines.some((line) => line.includes("Control API")));
  });
  after(() => stack.disposeAsync());

  function run(...args: readonly string[]): Promise<Ended> {
    return runIslet(args, { environment, cwd: root });
  }

  async function put(name: string, content: string): Promise<string> {
    const directory = join(root, name);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "islet.yaml"), content);
    return directory;
  }

  it("says that it is used, and opens its forwards and those of the command line", async () => {
    assert.ok(islet.lines.some((line) => /configured by .*islet\.yaml/.test(line)));
    const opened = islet.lines.filter((line) => line.includes("-> default/echo port 7777"));
    assert.equal(opened.length, 3);
    const ports = opened.flatMap((line) => /127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? []).map(Number);
    assert.equal(ports.length, 2);
    for (const port of ports) {
      assert.ok(port >= 21_000 && port <= 28_999);
      assert.equal(await ask({ port, host: "127.0.0.1" }), "hello");
    }
  });

  it("has paths beside it, whatever the working directory", async () => {
    assert.equal(await ask({ path: join(root, "shop", "echo.sock") }), "hello");
    const { code, stdout } = await run("ps", "--host", join(root, "shop", "api.sock"));
    assert.equal(code, 0);
    assert.match(stdout, /echo/);
  });

  it("sets the limits of the ingress and the ports that forwards may take", async () => {
    assert.equal((await call(islet.url)).status, 404);
    const long = await call(`${islet.url}/${"x".repeat(2000)}`);
    assert.equal(long.status, 431);
    const host = join(root, "shop", "api.sock");
    const blocked = await run("forward", "add", "echo", "29123:7777", "--host", host);
    assert.equal(blocked.code, 1);
    assert.match(blocked.stderr, /Cannot forward port 29123: the host's settings block it/);
  });

  it("is no manifest to --watch, and a change of it is told", async () => {
    await writeFile(join(root, "shop", "islet.yaml"), `${CONFIG}# more\n`);
    await until(() =>
      islet.lines.some((line) => /islet\.yaml changed, which needs a restart/.test(line)),
    );
    assert.ok(!islet.lines.some((line) => line.includes("nothing changed")));
    const { stdout } = await run("ps", "--host", join(root, "shop", "api.sock"));
    assert.match(stdout, /running/);
  });

  it("has mistakes like those of manifests, which are told before anything runs", async () => {
    const directory = await put("wrong", 'http: { adress: "1" }\n\nforwards: ["x:y:z"]\n');
    const { code, stderr } = await runIslet(["host"], { environment, cwd: directory });
    assert.equal(code, 1);
    assert.deepEqual(stderr.trim().split("\n"), [
      'islet.yaml:1:9: http.adress is unknown (did you mean "address"?)',
      'islet.yaml:3:12: forwards[0] "x:y:z" has no IP address: "x". Try "8080:3000"',
    ]);
  });

  it("is found beside the manifests, and by --config, which has to be there", async () => {
    const directory = await put("other", "nonsense: 1\n");
    const config = join(directory, "islet.yaml");
    const named = await run("run", manifest, "--config", config);
    assert.equal(named.code, 1);
    assert.match(named.stderr, /other\/islet\.yaml:1:1: nonsense is unknown/);
    const gone = await run("run", manifest, "--config", join(root, "gone.yaml"));
    assert.equal(gone.code, 2);
    assert.match(gone.stderr, /--config .*gone\.yaml does not exist/);
  });

  it("names the place of a forward that fits several workloads", async () => {
    const directory = await put(
      "two",
      'http: { address: "127.0.0.1:0" }\nforwards: ["auto:7777"]\n',
    );
    const echo = { name: "echo", service: { guest: "tcp-echo" } } as const;
    await writeFile(join(directory, "two.yaml"), manifestOf([echo, { ...echo, name: "other" }]));
    const { code, stderr } = await run("run", directory);
    assert.equal(code, 2);
    assert.match(stderr, /two\/islet\.yaml:2:12: forwards\[0\] names no workload, and there are/);
  });

  it("bounds what all workloads hold together", async () => {
    const directory = await put(
      "small",
      'http: { address: "127.0.0.1:0" }\napi: { enabled: false }\nquotas: { listeners: 1 }\n',
    );
    const echo = { name: "echo", service: { guest: "tcp-echo", maxRestarts: 0 } } as const;
    await writeFile(join(directory, "two.yaml"), manifestOf([echo, { ...echo, name: "other" }]));
    await using host = await startServer([MAIN, "run", directory], environment);
    const refused = host.lines.filter((line) =>
      /cannot listen on 7777: new-socket-limit/.test(line),
    );
    assert.equal(refused.length, 1);
    assert.equal(host.lines.filter((line) => /^default\/\w+ +running/.test(line)).length, 1);
    assert.ok(!host.lines.some((line) => line.includes("Control API")));
  });

  it("tells islet host that its forwards have no effect there", async () => {
    const config =
      'http: { address: "127.0.0.1:0" }\napi: { address: "127.0.0.1:0" }\nforwards: ["1:1"]\n';
    const directory = await put("bare", config);
    await using host = await startServer(
      [MAIN, "host", "--config", join(directory, "islet.yaml"), "--socket", "bare"],
      environment,
    );
    assert.ok(
      host.lines.some((line) => /islet\.yaml:3:12: forwards\[0\] has no effect/.test(line)),
    );
  });

  it("has a server for tunnels that name none, and a secret for it alone", async () => {
    using server = await startTunnelServer({ scheme: "islet", secrets: [new Secret("shared")] });
    const to = `islet://127.0.0.1:${server.port}`;
    const directory = await put(
      "tunnels",
      [
        'http: { address: "127.0.0.1:0" }',
        "api: { socket: ./api.sock, address: '127.0.0.1:0' }",
        `tunnel: { server: "${to}", secretFile: secret }`,
      ].join("\n"),
    );
    await writeFile(join(directory, "secret"), "shared\n");
    const path = join(directory, "echo.yaml");
    const spec = { tunnels: [{ port: 7777 }] };
    await writeFile(path, manifestOf([{ name: "echo", service: { guest: "tcp-echo" }, spec }]));
    await using host = await startServer([MAIN, "run", path], environment);
    await until(() => host.lines.some((line) => line.includes("Control API")));
    await until(() => server.server.tunnels === 1);
    const socket = ["--host", join(directory, "api.sock")];
    const started = await run("tunnel", "start", "echo", "7777", ...socket);
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stderr, /whoever runs 127\.0\.0\.1/);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(started.stdout)?.[1]);
    assert.equal(await ask({ port, host: "127.0.0.1" }), "hello");
    const named = await run("tunnel", "start", "echo", "7777", "--to", to, ...socket);
    assert.equal(named.code, 1);
    assert.equal(server.server.tunnels, 2);
  });

  it("lets forwards wait for workloads that are declared later, with --watch", async () => {
    const directory = await put(
      "late",
      'http: { address: "127.0.0.1:0" }\nforwards: ["unix:./late.sock:7777"]\n',
    );
    const path = join(directory, "late.yaml");
    await writeFile(path, "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: later }\n");
    await using late = await startServer([MAIN, "run", path, "--watch"], environment);
    await until(() =>
      late.lines.some((line) => line.includes("forwards wait for their workloads")),
    );
    await writeFile(path, manifestOf([{ name: "late", service: { guest: "tcp-echo" } }]));
    await until(() => late.lines.some((line) => line.includes("-> default/late port 7777")));
    assert.equal(await ask({ path: join(directory, "late.sock") }), "hello");
  });
});

/** What an echo sends back, once this side has ended. */
async function ask(options: NetConnectOpts): Promise<string> {
  const socket = connect({ ...options, allowHalfOpen: true });
  await once(socket, "connect");
  socket.end("hello");
  return await text(socket);
}
