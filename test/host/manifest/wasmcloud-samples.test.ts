import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loadIn } from "./check.ts";

const DIRECTORY = new URL("../../fixture/manifest/wasmcloud/", import.meta.url).pathname;

const SPEC = "spec.template.spec";
const OCI =
  "image is an OCI reference, and this version runs files only (a path begins with ./ or ../, or ends in .wasm)";
const NOT_PROVIDED = "is an interface that this host does not provide";

describe("wasmCloud's sample manifests, unmodified", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "http-hello-world.yaml": [`28:11: ${SPEC}.components[0].${OCI}`],
    "blobby.yaml": [
      `17:11: ${SPEC}.hostInterfaces[1] (wasi:blobstore@0.2.0-draft) ${NOT_PROVIDED}`,
      `24:11: ${SPEC}.hostInterfaces[2] (wasi:logging@0.1.0-draft) ${NOT_PROVIDED}`,
      `31:11: ${SPEC}.components[0].${OCI}`,
    ],
    "messaging.yaml": [
      `10:11: ${SPEC}.hostInterfaces[0] (wasmcloud:messaging@0.2.0) ${NOT_PROVIDED}`,
      `19:11: ${SPEC}.components[0].${OCI}`,
    ],
    "oci-registry.yaml": [
      `18:11: ${SPEC}.hostInterfaces[0].version must be 0.2 or one of its patches: this host does not provide other versions of wasi:http`,
      `19:11: ${SPEC}.hostInterfaces[0].interfaces lists handler of WASI 0.3, which this host does not provide (incoming-handler of 0.2 is what it calls)`,
      `24:11: ${SPEC}.hostInterfaces[1] (wasmcloud:blobstore@0.1.0) ${NOT_PROVIDED}`,
      `31:11: ${SPEC}.hostInterfaces[2] (wasmcloud:secrets@2.1.0) ${NOT_PROVIDED}`,
      `38:21: ${SPEC}.hostInterfaces[2].secretFrom[0].name: the Secret "oci-registry-auth" of namespace wasmcloud-system is not in the given files`,
      `41:11: ${SPEC}.components[0].${OCI}`,
    ],
    // Two excerpts of manifests, which say neither what they are nor of which version.
    "instance-limits.yaml": [
      "1:7: apiVersion is missing",
      "1:7: kind is missing",
      "8:7: apiVersion is missing",
      "8:7: kind is missing",
    ],
    "service.yaml": [`8:17: ${SPEC}.service.${OCI}`, `11:11: ${SPEC}.components[0].${OCI}`],
  };
  for (const [file, problems] of Object.entries(cases)) {
    it(`gives exactly its located sentences for ${file}`, async () => {
      const outcome = await loadIn(DIRECTORY, [file]);
      assert.deepEqual(
        outcome.problems,
        problems.map((problem) => `${file}:${problem}`),
      );
    });
  }
});
