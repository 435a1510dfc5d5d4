import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { createSourceFilter } from "../../../host/cli/dev-ignore.ts";

describe("createSourceFilter", () => {
  const root = join("/home", "me", "build", ".hidden", "project");
  const isIgnored = createSourceFilter(root);

  for (const path of [
    "src/main.rs",
    "src/build/main.rs",
    "src/bin/tool.rs",
    "crates/api/src/lib.rs",
    "wit/world.wit",
    "Cargo.toml",
    "builder/x.ts",
    "distance.ts",
  ]) {
    it(`takes ${path} for a source`, () => {
      assert.equal(isIgnored(join(root, path)), false);
    });
  }

  for (const path of [
    "target",
    "target/wasm32-wasip2/release/api.wasm",
    "crates/api/target/x",
    "dist/api.js",
    "node_modules/x/index.js",
    "src/node_modules/x/index.js",
    ".git/HEAD",
    ".wash/config.yaml",
    "src/.main.rs.swp",
    "src/main.rs~",
    "src/4913",
    "src/#main.rs#",
    "api.wasm",
    "server.log",
  ]) {
    it(`does not take ${path} for a source`, () => {
      assert.equal(isIgnored(join(root, path)), true);
    });
  }

  it("says nothing of the project itself and of what is outside", () => {
    assert.equal(isIgnored(root), false);
    assert.equal(isIgnored(join(root, "../values.env")), false);
  });
});
