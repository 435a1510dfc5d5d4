import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtempDisposable, readFile, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { guestNames, readGuest } from "../fixture/guest/guest.ts";
import { digest } from "../fixture/guest/sources.ts";

describe("clang", function () {
  this.timeout(60_000);
  before(function () {
    const tools = ["clang", "wasm-ld"];
    if (tools.some((tool) => spawnSync(tool, ["--version"]).status !== 0)) {
      console.log("    skipped: no clang and wasm-ld here (Debian: apt install clang lld)");
      this.skip();
    }
  });

  it("makes the committed guests of their sources, byte for byte", async () => {
    const root = join(import.meta.dirname, "..", "..");
    await using copy = await mkdtempDisposable(join(tmpdir(), "islet-guests-"));
    const folder = join(copy.path, "test", "fixture", "guest");
    await cp(join(root, "test", "fixture", "guest"), folder, { recursive: true });
    await cp(join(root, "package.json"), join(copy.path, "package.json"));
    await symlink(join(root, "node_modules"), join(copy.path, "node_modules"));
    const built = spawnSync(process.execPath, [join(folder, "build.ts")], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stderr);
    for (const name of guestNames) {
      const fresh = digest(await readFile(join(folder, `${name}.wasm`)));
      assert.equal(fresh, digest(await readGuest(name)), name);
    }
  });
});
