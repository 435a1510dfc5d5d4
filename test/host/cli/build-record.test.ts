import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readRecord, writeRecord } from "../../../host/cli/build-record.ts";

describe("the record of a build", () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "islet-record-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("is read as it was written, and leaves no other file", async () => {
    const record = { digest: "ab", guests: { one: "cd", two: "ef" } };
    await writeRecord(dir, { digest: "older", guests: {} });
    await writeRecord(dir, record);
    assert.deepEqual(await readRecord(dir), record);
    assert.deepEqual(await readdir(join(dir, "dist")), [".build.json"]);
  });

  it("is undefined where there is none", async () => {
    assert.equal(await readRecord(dir), undefined);
  });

  for (const text of [
    "",
    "{",
    "null",
    "1",
    "[]",
    "{}",
    '{"digest":"a"}',
    '{"digest":1,"guests":{}}',
    '{"digest":"a","guests":null}',
    '{"digest":"a","guests":{"one":1}}',
    '{"digest":"a","guests":{"one":"b"',
  ]) {
    it(`is undefined where the file has ${JSON.stringify(text)}`, async () => {
      await mkdir(join(dir, "dist"));
      await writeFile(join(dir, "dist", ".build.json"), text);
      assert.equal(await readRecord(dir), undefined);
    });
  }
});
