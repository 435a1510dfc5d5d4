import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { checkOwner, makePrivateDirectory } from "../../../host/cli/private-directory.ts";

describe("makePrivateDirectory", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "islet-private-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("makes a directory that only this user can enter, and closes one that others can", async () => {
    const path = join(directory, "run", "islet");
    await makePrivateDirectory(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    await chmod(path, 0o755);
    await makePrivateDirectory(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  it("takes no link and no file for a directory", async () => {
    await symlink(directory, join(directory, "link"));
    await assert.rejects(makePrivateDirectory(join(directory, "link")), /Set XDG_RUNTIME_DIR/);
    await writeFile(join(directory, "file"), "");
    await assert.rejects(makePrivateDirectory(join(directory, "file")));
    await assert.rejects(checkOwner(join(directory, "file")), /Set XDG_RUNTIME_DIR/);
  });

  it("has nothing against a directory that is not there yet", () =>
    checkOwner(join(directory, "none")));
});
