import assert from "node:assert/strict";
import {
  spawn,
  spawnSync,
  type ChildProcessByStdio,
  type SpawnSyncReturns,
} from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, describe, it } from "mocha";

const HOST = join(import.meta.dirname, "..", "..", "host");
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** A program as main.ts is one: it prints what it was started with, and may wait for signals. */
const PROGRAM = `
const report: Record<string, unknown> = {
  version: process.version,
  args: process.argv.slice(2),
  cache: process.env["NODE_COMPILE_CACHE"],
  launched: process.env["ISLET_LAUNCHED"],
};
if (process.argv[2] === "wait") {
  let signals = 0;
  process.on("SIGINT", () => {
    signals++;
    setTimeout(() => process.exit(signals), 500);
  });
  process.on("SIGTERM", () => {
    console.log("in order");
    process.exit(42);
  });
  setInterval(() => {}, 1000);
}
if (process.argv[2] === "die") process.kill(process.pid, "SIGKILL");
if (process.argv[2] === "exit") process.exitCode = 7;
console.log(JSON.stringify({ ...report, pid: process.pid }));
`;

interface Report {
  readonly version: string;
  readonly args: readonly string[];
  readonly cache?: string;
  readonly launched?: string;
  readonly pid: number;
}

describe("islet.mjs", function () {
  this.timeout(20_000);
  let root: string;
  let home: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "islet-launch-"));
    home = join(root, "home");
    for (const name of ["with", "without"]) {
      await mkdir(join(root, name, "host"), { recursive: true });
      await copyFile(join(HOST, "islet.mjs"), join(root, name, "host", "islet.mjs"));
      await copyFile(join(HOST, "launch.mjs"), join(root, name, "host", "launch.mjs"));
      await writeFile(join(root, name, "host", "main.ts"), PROGRAM);
    }
    const bundled = join(root, "with", "node_modules", PACKAGE);
    await mkdir(join(bundled, "bin"), { recursive: true });
    await writeFile(join(bundled, "package.json"), JSON.stringify({ version: "26.10.0" }));
    await symlink(process.execPath, join(bundled, "bin", "node"));
  });
  after(() => rm(root, { recursive: true, force: true }));

  function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { PATH: process.env["PATH"], HOME: home, ...extra };
  }

  function islet(node: string, where: "with" | "without"): readonly [string, string] {
    return [node, join(root, where, "host", "islet.mjs")];
  }

  function run(
    [node, script]: readonly [string, string],
    args: readonly string[] = [],
    extra: NodeJS.ProcessEnv = {},
  ): SpawnSyncReturns<string> {
    return spawnSync(node, [script, ...args], { env: environment(extra), encoding: "utf8" });
  }

  describe("under a Node.js that can run the program", () => {
    it("runs it in the same process, with its arguments and exit code", () => {
      const result = run(islet(process.execPath, "without"), ["exit", "--flag", "a b"]);
      assert.equal(result.stderr, "");
      assert.equal(result.status, 7);
      const report = parse(result.stdout);
      assert.equal(report.version, process.version);
      assert.deepEqual(report.args, ["exit", "--flag", "a b"]);
      assert.equal(report.pid, result.pid);
    });

    it("keeps compiled code below the home directory", async () => {
      const report = parse(run(islet(process.execPath, "without")).stdout);
      const cache = join(home, ".cache", "islet", "node");
      assert.equal(report.cache, cache);
      assert.notDeepEqual(await readdir(cache), []);
    });

    it("keeps compiled code where XDG_CACHE_HOME says", () => {
      const base = join(root, "xdg");
      const report = parse(
        run(islet(process.execPath, "without"), [], { XDG_CACHE_HOME: base }).stdout,
      );
      assert.equal(report.cache, join(base, "islet", "node"));
    });

    it("leaves NODE_COMPILE_CACHE as it is", () => {
      const chosen = join(root, "chosen");
      const result = run(islet(process.execPath, "without"), [], { NODE_COMPILE_CACHE: chosen });
      assert.equal(parse(result.stdout).cache, chosen);
    });

    for (const [title, HOME] of [
      ["without a home directory", ""],
      ["with one that cannot be written", "/dev/null/home"],
      ["with one that is no absolute path", "here"],
    ] as const) {
      it(`runs the program ${title}, and complains of nothing`, () => {
        const result = run(islet(process.execPath, "without"), [], { HOME });
        assert.equal(result.stderr, "");
        assert.equal(result.status, 0);
        assert.equal(parse(result.stdout).version, process.version);
      });
    }
  });

  describe("under an older Node.js", () => {
    const old = olderNode();

    before(function () {
      if (old !== undefined) return;
      console.log("      there is no older Node.js on the path: skipped");
      this.skip();
    });

    it("runs the program under the one that npm brought", () => {
      const result = run(islet(old ?? "", "with"), ["exit", "a b"]);
      assert.equal(result.stderr, "");
      assert.equal(result.status, 7);
      const report = parse(result.stdout);
      assert.equal(report.version, process.version);
      assert.deepEqual(report.args, ["exit", "a b"]);
      assert.notEqual(report.pid, result.pid);
      assert.equal(report.launched, undefined);
      assert.equal(report.cache, join(home, ".cache", "islet", "node"));
    });

    it("says in one sentence what is missing where npm brought none", () => {
      const result = run(islet(old ?? "", "without"));
      assert.equal(result.status, 1);
      assert.equal(result.stdout, "");
      assert.match(
        result.stderr,
        /^islet needs Node\.js 26 or later: this is v\d[^\n]*npm install[^\n]*\n$/u,
      );
      assert.match(result.stderr, new RegExp(PACKAGE, "u"));
    });

    it("ends with the signal that ended the program", () => {
      assert.equal(run(islet(old ?? "", "with"), ["die"]).signal, "SIGKILL");
    });

    it("passes a signal on once, though it arrives twice", async () => {
      const [child, report] = await start(islet(old ?? "", "with"));
      // As under npm: the terminal sends it to the whole group, and npm sends it again.
      process.kill(child.pid ?? 0, "SIGINT");
      process.kill(child.pid ?? 0, "SIGINT");
      const [code] = await once(child, "exit");
      assert.equal(code, 1);
      assert.throws(() => process.kill(report.pid, 0));
    });

    it("does not let the terminal's signal reach the program twice", async () => {
      const [child] = await start(islet(old ?? "", "with"), { detached: true });
      process.kill(-(child.pid ?? 0), "SIGINT");
      const [code] = await once(child, "exit");
      assert.equal(code, 1);
    });

    it("passes on SIGTERM", async () => {
      const [child] = await start(islet(old ?? "", "with"));
      child.kill("SIGTERM");
      const [code] = await once(child, "exit");
      assert.equal(code, 42);
    });

    it("ends the program in order when the launcher is killed", async () => {
      const [child] = await start(islet(old ?? "", "with"));
      // Standard output is the program's too.
      const output = once(child.stdout, "data");
      child.kill("SIGKILL");
      assert.deepEqual(await output, ["in order\n"]);
    });
  });

  async function start(
    [node, script]: readonly [string, string],
    { detached = false } = {},
  ): Promise<[ChildProcessByStdio<null, Readable, null>, Report]> {
    const child = spawn(node, [script, "wait"], {
      env: environment(),
      stdio: ["ignore", "pipe", "inherit"],
      detached,
    });
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    return [child, parse(String(line))];
  }
});

function parse(line: string): Report {
  const report: Report = JSON.parse(line);
  return report;
}

/** A `node` on the path that is too old for the program. */
function olderNode(): string | undefined {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(directory, "node");
    const result = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" });
    const major = Number.parseInt(result.stdout ?? "", 10);
    if (major >= 18 && major < 26) return node;
  }
  return undefined;
}
