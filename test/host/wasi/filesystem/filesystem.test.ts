import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  Descriptor,
  filesystemErrorCode,
  getDirectories,
} from "../../../../host/wasi/filesystem/filesystem.ts";

describe("filesystem", () => {
  it("has no preopened directories", () => {
    assert.deepEqual(getDirectories(), []);
    assert.equal(filesystemErrorCode(), undefined);
  });

  it("traps with a reason where a descriptor is used that cannot exist", () => {
    for (const method of ["openAt", "readViaStream", "stat", "metadataHashAt"]) {
      const implementation: unknown = Reflect.get(Descriptor.prototype, method);
      assert.ok(typeof implementation === "function", method);
      assert.throws(() => Reflect.apply(implementation, undefined, []), {
        name: "TypeError",
        message: "Cannot use descriptor: no preopened directory exists",
      });
    }
  });
});
