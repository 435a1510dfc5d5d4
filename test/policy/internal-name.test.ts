import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resolveInternalName } from "../../policy/internal-name.ts";

describe("resolveInternalName", () => {
  const workload = "127.0.0.1,::1";
  const names: Readonly<Record<string, string | undefined>> = {
    localhost: workload,
    "db.localhost": workload,
    "service.wasmcloud.internal": workload,
    "db.svc.wasmcloud.internal": workload,
    "host.wasmcloud.internal": "127.255.255.254",
    "wasmcloud.internal": "unknown",
    "svc.wasmcloud.internal": "unknown",
    "a.b.svc.wasmcloud.internal": "unknown",
    "x.host.wasmcloud.internal": "unknown",
    "hosts.wasmcloud.internal": "unknown",
    "notwasmcloud.internal": undefined,
    "wasmcloud.internal.example": undefined,
    internal: undefined,
    "localhost.example": undefined,
    "localhost.localdomain": undefined,
    notlocalhost: undefined,
    "example.com": undefined,
  };
  for (const [name, expected] of Object.entries(names)) {
    it(`gives ${name} ${expected ?? "to a resolver"}`, () => {
      const found = resolveInternalName(name);
      assert.equal(found?.tag === "addresses" ? found.addresses.join(",") : found?.tag, expected);
    });
  }
});
