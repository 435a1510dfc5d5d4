import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { clampHopLimit, maxDatagram } from "../../../host/network/udp-options.ts";

describe("clampHopLimit", () => {
  it("cuts to 1 … 255", () => {
    const values = [-1, 0, Number.NaN, 1, 64.9, 255, 256, Number.POSITIVE_INFINITY];
    assert.deepEqual(values.map(clampHopLimit), [1, 1, 1, 1, 64, 255, 255, 255]);
  });
});

describe("maxDatagram", () => {
  it("is what the headers leave of 65 535 bytes", () => {
    assert.equal(maxDatagram("ipv4"), 65_535 - 20 - 8);
    assert.equal(maxDatagram("ipv6"), 65_535 - 8);
  });
});
