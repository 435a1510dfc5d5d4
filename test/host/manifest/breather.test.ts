import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loadManifestTexts } from "../../../host/manifest/load.ts";

describe("loading many manifests", function () {
  this.timeout(60_000);

  it("lets the thread serve others in between, and keeps their order", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `w${index}`);
    const texts = names.map((name) => ({ name: `/${name}.yaml`, text: manifest(name) }));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const { workloads } = await loadManifestTexts(texts, { images: false });
    clearInterval(timer);
    assert.deepEqual(
      workloads.map(({ name }) => name),
      names,
    );
    assert.ok(turns > 2, `${turns} turns`);
  });
});

function manifest(name: string): string {
  return `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: ${name} }
spec: { service: { image: s.wasm, localResources: { allowedHosts: ["a.example"] } } }
`;
}
