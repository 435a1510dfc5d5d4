import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { decodeArtifact, encodeArtifact } from "../../../host/engine/artifact.ts";

describe("encodeArtifact", () => {
  it("keeps everything, also from the middle of a larger buffer", () => {
    const artifact = {
      imports: ["wasi:io/poll@0.2.12"],
      exports: ["run"],
      glue: "(() => 'ünïcode 🏝')()",
      cores: new Map([
        ["a.core.wasm", Uint8Array.from([1, 2, 3])],
        ["empty", new Uint8Array()],
        ["b.core2.wasm", new Uint8Array(1000).fill(9)],
      ]),
      instances: new Map([
        ["a.core.wasm", 2],
        ["b.core2.wasm", 1],
      ]),
      asksToGrow: true,
      notes: ["A sentence"],
    };
    const bytes = encodeArtifact(artifact);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const decoded = decodeArtifact(shifted.subarray(3));
    assert.deepEqual(
      { ...decoded, cores: [...decoded.cores].map(([name, core]) => [name, [...core]]) },
      { ...artifact, cores: [...artifact.cores].map(([name, core]) => [name, [...core]]) },
    );
  });
});
