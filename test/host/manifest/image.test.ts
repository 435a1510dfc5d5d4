import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseImage, resolveImageFile } from "../../../host/manifest/image.ts";

describe("parseImage", () => {
  it("tells the forms apart", () => {
    const forms: Readonly<Record<string, string>> = {
      "./service": "file",
      "../dist/leet.wasm": "file",
      "/opt/leet": "file",
      "dist/leet.wasm": "file",
      "leet.wasm": "file",
      "file:///opt/leet.wasm": "file",
      "file:leet.wasm": "file",
      "artifact://leet": "artifact",
      "https://example.com/leet.wasm": "url",
      "HTTP://example.com/leet.wasm": "url",
      "oci://ghcr.io/acme/leet": "url",
      "ghcr.io/acme/leet:0.1.0": "oci",
      "localhost:5000/leet": "oci",
      leet: "oci",
      "ghcr.io/acme/leet@sha256:aa": "oci",
    };
    for (const [text, tag] of Object.entries(forms)) assert.equal(parseImage(text).tag, tag, text);
  });

  it("resolves files against the directory of the manifest", () => {
    assert.equal(resolveImageFile("../x.wasm", "/a/b"), "/a/x.wasm");
    assert.equal(resolveImageFile("/x.wasm", "/a/b"), "/x.wasm");
    assert.equal(resolveImageFile("file:x%20y.wasm", "/a b/#c"), "/a b/#c/x y.wasm");
    assert.equal(resolveImageFile("file:///x.wasm", "/a"), "/x.wasm");
    assert.equal(resolveImageFile("file://elsewhere/x.wasm", "/a"), undefined);
    assert.equal(resolveImageFile("file:///a%2Fb.wasm", "/a"), undefined);
  });
});
