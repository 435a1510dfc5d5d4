import assert from "node:assert/strict";
import { copyFile, cp, mkdir, mkdtempDisposable, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type GuestName, guestPath } from "../fixture/guest/guest.ts";
import { type ServerProcess, startServer } from "../support/host-process.ts";
import { call } from "../support/http-call.ts";
import { runIslet } from "../support/run-islet.ts";
import { SteadyClient } from "../support/steady-client.ts";
import { buildTemplate } from "../support/template.ts";
import { until } from "../support/until.ts";

describe("islet dev", function () {
  this.timeout(120_000);
  let stack: AsyncDisposableStack;
  let root: string;
  let islet: ServerProcess;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    root = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-dev-"))).path;
  });
  afterEach(() => stack.disposeAsync());

  async function start(...args: readonly string[]): Promise<void> {
    const main = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
    islet = stack.use(await startServer([main, "dev", root, "--http", "127.0.0.1:0", ...args]));
  }

  function printed(text: string): number {
    return islet.lines.filter((line) => line.includes(text)).length;
  }

  async function answer(): Promise<string> {
    const { status, text } = await call(islet.url);
    return `${status} ${text.trimEnd()}`;
  }

  /** Makes a guest the source of the project: its build copies it. */
  function put(guest: GuestName): Promise<void> {
    return copyFile(guestPath(guest), join(root, "src/guest.bin"));
  }

  function configure(more = ""): Promise<void> {
    return writeFile(
      join(root, ".wash/config.yaml"),
      `version: 2.0.0
build:
  command: echo "building for $WHO" && test ! -e src/broken && cp src/guest.bin "$WASH_COMPONENT_PATH"
  env: { WHO: everybody }
  component_path: target/guest.wasm
new: { command: cargo fetch }
${more}`,
    );
  }

  async function convert(): Promise<string> {
    const body = JSON.stringify({ payload: "Hello" });
    const { status, text } = await call(`${islet.url}/task`, { body });
    return `${status} ${text.trimEnd()}`;
  }

  describe("in a project with .wash/config.yaml", () => {
    beforeEach(async () => {
      await mkdir(join(root, "src"));
      await mkdir(join(root, ".wash"));
      await put("http-hello");
      await configure();
    });

    it("builds it, runs it and follows its sources, and fails no request meanwhile", async () => {
      await mkdir(join(root, "target"));
      await start();
      assert.equal(await answer(), "200 hello");
      assert.equal(printed("building for everybody"), 1);
      await using client = new SteadyClient(islet.url, "localhost");
      await put("http-count");
      await until(async () => (await answer()) === "200 0");
      await client[Symbol.asyncDispose]();
      assert.deepEqual(client.failures, []);
      assert.equal(printed("building for everybody"), 2);
    });

    it("keeps what runs when a build fails, tells it once, and goes on with the next that does not", async () => {
      await mkdir(join(root, "target"));
      await start();
      await writeFile(join(root, "src/broken"), "1");
      await until(() => printed("The build command failed with exit code 1") > 0);
      assert.equal(await answer(), "200 hello");
      await writeFile(join(root, "src/broken"), "2");
      await until(() => printed("building for everybody") === 3);
      await rm(join(root, "src/broken"));
      await put("http-count");
      await until(async () => (await answer()) === "200 0");
      assert.equal(printed("The build command failed"), 1);
    });

    it("waits for a change where the first build fails", async () => {
      await start();
      await until(() => printed("The build command failed") > 0);
      await mkdir(join(root, "target"));
      await writeFile(join(root, "src/note"), "1");
      await until(async () => (await answer()) === "200 hello");
    });

    it("follows its configuration, and tells once of mistakes in it", async () => {
      await mkdir(join(root, "target"));
      await start();
      await configure("dev: { service: maybe }\n");
      await until(() => printed("config.yaml:7:17: dev.service must be true or false") > 0);
      assert.equal(await answer(), "200 hello");
      await configure(`dev: { service_file: ${guestPath("tcp-echo")} }\n`);
      await until(() => printed("service | ") > 0);
      assert.equal(await answer(), "200 hello");
    });

    it("says what is wrong before it starts anything", async () => {
      await configure("dev: { tls_cert_path: cert.pem, servce_file: x.wasm }\n");
      const { code, stderr } = await runIslet(["dev", root]);
      assert.equal(code, 1);
      assert.match(stderr, /config\.yaml:7:8: dev\.tls_cert_path is not supported/);
    });

    it("ends a build with the program", async () => {
      await writeFile(
        join(root, ".wash/config.yaml"),
        'build: { command: "echo http://127.0.0.1:1 && sleep 600 & wait", component_path: x.wasm }\n',
      );
      await start();
      islet.process.kill("SIGINT");
      assert.equal(await islet.exited, 0);
    });
  });

  describe("in a project with guests in TypeScript", () => {
    it("builds it, runs its guests together and follows their sources", async () => {
      await buildTemplate();
      const template = fileURLToPath(new URL("../../templates/service-tcp", import.meta.url));
      await cp(template, root, { recursive: true });
      await start();
      assert.equal(await convert(), "200 H3110");
      const source = join(root, "src/leet.ts");
      const text = await readFile(source, "utf8");
      await writeFile(source, "this is no TypeScript");
      await until(() => printed("src/leet.ts:1:") > 0);
      assert.equal(await convert(), "200 H3110");
      await writeFile(source, text.replace('e: "3"', 'e: "8"'));
      await until(async () => (await convert()) === "200 H8110");
    });
  });

  it("says of a directory that is no project what it is missing", async () => {
    const { code, stderr } = await runIslet(["dev", root]);
    assert.equal(code, 2);
    assert.match(stderr, /is no project: it has neither wit\/ .* nor \.wash\/config\.yaml/);
  });
});
