import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  describeMissing,
  missingImports,
  PROVIDED_INTERFACES,
} from "../../../host/wasi/interfaces.ts";

describe("interfaces", () => {
  it("are provided in every release of 0.2", () => {
    for (const version of ["0.2.0", "0.2.3", "0.2.12", "0.2.99"]) {
      assert.deepEqual(missingImports(PROVIDED_INTERFACES.map((name) => `${name}@${version}`)), []);
    }
  });

  for (const name of [
    "wasi:io/poll",
    "wasi:io/poll@0.2",
    "wasi:io/poll@0.3.0",
    "wasi:io/poll@0.1.0",
    "wasi:io/poll@1.2.0",
    "wasi:io/poll@0.2.0-rc-2023-11-10",
    "wasi:io/poll@0.2.01",
    "wasi:io/poll@0.2.0@0.2.0",
    "wasi:io/polling@0.2.0",
    "wasi:keyvalue/store@0.2.0-draft",
    "wasi:http/incoming-handler@0.2.0",
    "wasi_snapshot_preview1",
    "example:app/thing@0.2.0",
    "log",
    "",
  ]) {
    it(`are missing as the component names them: ${JSON.stringify(name)}`, () => {
      assert.deepEqual(missingImports(["wasi:io/poll@0.2.0", name, "wasi:io/error@0.2.1"]), [name]);
      assert.ok(describeMissing(name).includes(name.split("@")[0] ?? name));
    });
  }

  it("are named in the order of the component, every one", () => {
    assert.deepEqual(missingImports(["b:b/b@0.2.0", "wasi:cli/exit@0.2.0", "a:a/a@0.2.0"]), [
      "b:b/b@0.2.0",
      "a:a/a@0.2.0",
    ]);
  });

  it("say what the host has instead", () => {
    assert.equal(
      describeMissing("wasi:io/poll@0.3.0"),
      "The component imports wasi:io/poll in version 0.3.0, the host has it in 0.2.x only",
    );
    assert.equal(
      describeMissing("wasi:io/poll"),
      "The component imports wasi:io/poll without a version, the host has it in 0.2.x only",
    );
    assert.equal(
      describeMissing("wasi:sockets/raw@0.2.0"),
      "The component imports wasi:sockets/raw@0.2.0, an interface of wasi:sockets that the host does not have",
    );
    assert.equal(
      describeMissing("wasi:keyvalue/store@0.2.0-draft"),
      "The component imports wasi:keyvalue/store@0.2.0-draft, which the host does not have",
    );
    assert.equal(describeMissing("log"), "The component imports log, which the host does not have");
  });
});
