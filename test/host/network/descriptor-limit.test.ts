import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { hostQuotaLimits } from "../../../host/network/descriptor-limit.ts";

describe("hostQuotaLimits", () => {
  it("gives workloads half of the descriptors, within bounds", () => {
    assert.equal(hostQuotaLimits(2000).socket, 1000);
    assert.equal(hostQuotaLimits(10).socket, 64);
    assert.equal(hostQuotaLimits(10_000_000).socket, 32_768);
  });

  it("reads the limit of this process where the system tells it", () => {
    const { socket = 0, connection } = hostQuotaLimits();
    assert.ok(socket >= 64 && socket <= 32_768);
    assert.equal(connection, 2 * socket);
  });
});
