import { describe, it } from "mocha";
import { check, workload } from "./check.ts";

describe("checkNames", () => {
  it("refuses two components of one name", async () => {
    await check(
      workload("components:\n  - { name: a, image: c.wasm }\n  - { name: a, image: c.wasm }"),
      'm.yaml:7:15: spec.components[1].name: spec.components[0] is a component "a" already',
    );
  });

  it("refuses two volumes of one name", async () => {
    await check(
      workload(
        "service: { image: s.wasm }\nvolumes: [{ name: v, ephemeral: {} }, { name: v, ephemeral: {} }]",
      ),
      'm.yaml:6:49: spec.volumes[1].name: spec.volumes[0] is a volume "v" already',
    );
  });

  const SERVICE = "service: { image: s.wasm }\nhostInterfaces:\n";
  const UNNAMED = "  - { namespace: wasi, package: io, interfaces: [poll] }\n";
  const NAMED = "  - { namespace: wasi, package: io, name: a, interfaces: [poll] }\n";

  it("refuses a host interface that is there twice under one name", async () => {
    await check(
      workload(`${SERVICE}${NAMED}${NAMED}`),
      "m.yaml:8:7: spec.hostInterfaces[1]: spec.hostInterfaces[0] is for wasi:io already under the name a",
    );
  });

  it("refuses two host interfaces of one package without a name, whatever their versions", async () => {
    await check(
      workload(
        `${SERVICE}${UNNAMED}${UNNAMED.replace("interfaces", "version: 0.2.1, interfaces")}`,
      ),
      "m.yaml:8:7: spec.hostInterfaces[1]: spec.hostInterfaces[0] is for wasi:io already, and only one may have no name",
    );
  });

  it("accepts different names, and one name for different versions", async () => {
    const other = NAMED.replace("name: a", "name: b");
    const version = NAMED.replace("interfaces", "version: 0.2.1, interfaces");
    await check(workload(`${SERVICE}${UNNAMED}${NAMED}${other}${version}`));
  });
});
