import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decodeBase64 } from "../../../host/manifest/base64.ts";

describe("decodeBase64", () => {
  it("reads what tools write, with line breaks and without", () => {
    assert.deepEqual(decodeBase64("aGVs\nbG8=\n"), { tag: "text", text: "hello" });
    assert.deepEqual(decodeBase64(""), { tag: "text", text: "" });
  });

  it("tells what is not base64 from what is not text", () => {
    for (const text of ["aGk", "a===", "aGk=aGk=", "a-k_", "%", "aGk= "]) {
      assert.deepEqual(decodeBase64(text), { tag: "malformed" }, text);
    }
    assert.deepEqual(decodeBase64("/w=="), { tag: "binary" });
  });
});
