import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { findGuests } from "../../../host/cli/policy-guest.ts";
import type { Workload } from "../../../host/manifest/workload.ts";
import { load, workload } from "../manifest/check.ts";

describe("findGuests", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    leet: ["default/leet/service", "default/leet/c", "default/leet/a/b"],
    "default/leet": ["default/leet/service", "default/leet/c", "default/leet/a/b"],
    "leet/service": ["default/leet/service"],
    "leet/a/b": ["default/leet/a/b"],
    "default/leet/c": ["default/leet/c"],
    single: ["default/single/service"],
  };
  for (const [id, expected] of Object.entries(cases)) {
    it(`finds ${id}`, async () => {
      const found = findGuests(await workloads(), id);
      assert.deepEqual(
        found.map((each) => `${each.workload}/${each.guest}`),
        expected,
      );
    });
  }

  it("says what there is where a name means nothing", async () => {
    const loaded = await workloads();
    assert.throws(() => findGuests(loaded, "leat"), {
      message:
        'The manifests have no workload leat (did you mean "leet"?): they have default/leet/service, default/leet/c, default/leet/a/b, default/single/service',
    });
    assert.throws(() => findGuests([], "leet"), {
      message: "The manifests have no workload leet: they have none",
    });
  });

  it("asks which one where a name means several workloads", async () => {
    const other = workload("service: { image: s.wasm }").replace(
      "leet }",
      "leet, namespace: shop }",
    );
    const loaded = [...(await workloads()), ...(await load(other)).workloads];
    assert.throws(() => findGuests(loaded, "leet/service"), {
      message:
        "leet/service is not one workload but several: default/leet/service, shop/leet/service",
    });
    assert.equal(findGuests(loaded, "shop/leet").length, 1);
  });
});

async function workloads(): Promise<readonly Workload[]> {
  const components = "components: [{ name: c, image: c.wasm }, { name: a/b, image: c.wasm }]";
  const text = [
    workload(`service: { image: s.wasm }\n${components}`),
    workload("service: { image: s.wasm }", "single"),
  ].join("\n---\n");
  return (await load(text)).workloads;
}
