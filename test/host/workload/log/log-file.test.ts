import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { LogEntry } from "../../../../host/workload/log/log-entry.ts";
import { LogFile, type LogFileOptions } from "../../../../host/workload/log/log-file.ts";
import { until } from "../../../support/until.ts";
import { FakeClock } from "../fake-clock.ts";

const IDENTITY = { namespace: "default", name: "leet", id: "0f8fad5b" };

function entry(line: string, fields: Partial<LogEntry> = {}): LogEntry {
  return { sequence: 0, time: 0, guest: "api", stream: "stdout", replica: 0, line, ...fields };
}

describe("LogFile", () => {
  let directory: AsyncDisposable & { readonly path: string };
  let path: string;
  let warnings: string[];

  beforeEach(async () => {
    directory = await mkdtempDisposable(join(tmpdir(), "islet-log-"));
    path = join(directory.path, "default.leet.log");
    warnings = [];
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  function open(options: Partial<LogFileOptions> = {}): LogFile {
    return new LogFile({
      path,
      identity: IDENTITY,
      onWarning: (message) => warnings.push(message),
      ...options,
    });
  }

  async function write(lines: readonly string[], options?: Partial<LogFileOptions>): Promise<void> {
    await using file = open(options);
    for (const line of lines) file.write(entry(line));
  }

  async function messages(file: string = path): Promise<unknown[]> {
    const text = await readFile(file, "utf8");
    assert.ok(text.endsWith("\n"));
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
  }

  it("writes each line as JSON, with whose it is", async () => {
    {
      await using file = open();
      file.write(entry("hello", { time: 1_700_000_000_123, sequence: 7, replica: 1 }));
      file.write(entry("oops", { stream: "stderr", guest: "service" }));
      file.write(entry("running: ready", { stream: "host", guest: "host" }));
    }
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.deepEqual(JSON.parse(lines[0] ?? ""), {
      level: "info",
      workload: "default/leet",
      id: "0f8fad5b",
      time: "2023-11-14T22:13:20.123Z",
      guest: "api",
      stream: "stdout",
      replica: 1,
      sequence: 7,
      msg: "hello",
    });
    const levels = lines.map((line) => JSON.parse(line).level);
    assert.deepEqual(levels, ["info", "warn", "info"]);
  });

  it("keeps any text as it is", async () => {
    const texts = [
      "",
      "%s %d %% %o",
      'quotes " and \\ backslashes',
      "\0\u0001\u001b[31m\r\u0085\u2028\ufffd",
      "груша 🍐",
      "x".repeat(20_000),
    ];
    await write(texts);
    assert.deepEqual(await messages(), texts);
  });

  it("is readable for its owner alone", async () => {
    await write(["a"]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("goes on in a file that is there", async () => {
    await write(["a"]);
    await write(["b"]);
    assert.deepEqual(await messages(), ["a", "b"]);
  });

  it("ends a line that was cut off before it goes on", async () => {
    await writeFile(path, '{"msg":"whole"}\n{"msg":"ha');
    await write(["next"]);
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.equal(lines[1], '{"msg":"ha');
    assert.equal(JSON.parse(lines[2] ?? "").msg, "next");
  });

  it("keeps no more files than it may, the newest ones, each with whole lines", async () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    for (const line of lines) await write([line], { rotation: { size: 1_000, files: 3 } });
    const files = (await readdir(directory.path)).toSorted();
    assert.deepEqual(files, ["default.leet.log", "default.leet.log.1", "default.leet.log.2"]);
    const kept: unknown[] = [];
    for (const name of files.toReversed()) {
      const file = join(directory.path, name);
      assert.ok((await stat(file)).size < 1_500);
      // A file that was just made is empty.
      if ((await stat(file)).size > 0) kept.push(...(await messages(file)));
    }
    assert.ok(kept.length > 5);
    assert.deepEqual(kept, lines.slice(-kept.length));
  });

  it("rotates within one run, losing nothing", async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index} ${"x".repeat(100)}`);
    await write(lines, { rotation: { size: 100_000, files: 9 } });
    const kept: unknown[] = [];
    for (const name of (await readdir(directory.path)).toSorted().toReversed()) {
      const file = join(directory.path, name);
      if ((await stat(file)).size > 0) kept.push(...(await messages(file)));
    }
    assert.deepEqual(kept, lines);
    assert.deepEqual(warnings, []);
  });

  it("goes on after a rotation that was cut off half-way", async () => {
    // The oldest was moved on, the newest not yet.
    await writeFile(`${path}.2`, '{"msg":"b"}\n');
    await writeFile(path, `{"msg":"${"c".repeat(2_000)}"}\n`);
    await write(["d"], { rotation: { size: 1_000, files: 4 } });
    assert.deepEqual(await messages(), ["d"]);
    assert.deepEqual(await messages(`${path}.1`), ["c".repeat(2_000)]);
    assert.deepEqual(await messages(`${path}.3`), ["b"]);
  });

  it("survives a kill at any moment, rotation included", async function () {
    this.timeout(60_000);
    for (const delay of [0, 7, 19]) {
      await killWhileWriting(path, delay);
      await write([`after ${delay}`], { rotation: { size: 2_000, files: 3 } });
      assert.equal((await messages()).at(-1), `after ${delay}`);
    }
    assert.deepEqual(warnings, []);
    assert.ok((await readdir(directory.path)).length <= 3);
  });

  it("says once that it cannot write, and goes on when it can, saying what is missing", async () => {
    await mkdir(path);
    const clock = new FakeClock();
    await using file = open({ clock });
    file.write(entry("a"));
    await until(() => warnings.length > 0);
    file.write(entry("b"));
    clock.advance(30_000);
    file.write(entry("c"));
    // A second warning would come within this time; where the machine is slower, nothing is found.
    await setTimeout(100);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /^Cannot write the log of default\/leet to .*default\.leet\.log: .*\. It goes on without$/,
    );

    await rmdir(path);
    clock.advance(30_000);
    file.write(entry("d"));
    await until(async () => (await stat(path).catch(() => undefined)) !== undefined);
    await file[Symbol.asyncDispose]();
    const kept = await messages();
    assert.match(String(kept[0]), /^[23] lines are missing here: the disk was full or too slow$/);
    assert.equal(kept.at(-1), "d");
    assert.equal(warnings.length, 1);
  });

  it("loses lines, and says how many, rather than let them pile up", async () => {
    const lines = Array.from({ length: 500 }, () => "x".repeat(10_000));
    {
      await using file = open();
      for (const line of lines) file.write(entry(line));
      await until(async () => ((await stat(path).catch(() => undefined))?.size ?? 0) > 1_000_000);
      file.write(entry("last"));
    }
    const kept = await messages();
    assert.ok(kept.length < 200, `${kept.length} were kept`);
    assert.deepEqual(kept.slice(-2), [
      `${lines.length - (kept.length - 2)} lines are missing here: the disk was full or too slow`,
      "last",
    ]);
  });

  it("takes nothing once it is closed, and can be closed twice", async () => {
    const file = open();
    file.write(entry("a"));
    await file[Symbol.asyncDispose]();
    file.write(entry("b"));
    await file[Symbol.asyncDispose]();
    assert.deepEqual(await messages(), ["a"]);
  });

  it("makes no file for a workload that prints nothing", async () => {
    await open()[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory.path), []);
  });
});

/** Has another process write and rotate without end, and kills it some time after its first rotation. */
async function killWhileWriting(path: string, delay: number): Promise<void> {
  const source = new URL("../../../../host/workload/log/log-file.ts", import.meta.url).href;
  const script = `
    import { setImmediate } from "node:timers/promises";
    import { LogFile } from ${JSON.stringify(source)};
    const file = new LogFile({
      path: ${JSON.stringify(path)},
      identity: ${JSON.stringify(IDENTITY)},
      rotation: { size: 2_000, files: 3 },
      onWarning: console.error,
    });
    for (let sequence = 0; ; sequence += 1) {
      file.write({ sequence, time: 0, guest: "a", stream: "stdout", replica: 0, line: "x".repeat(90) });
      if (sequence === 200) console.log("under way");
      await setImmediate();
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await setTimeout(delay);
  child.kill("SIGKILL");
  await once(child, "close");
}
