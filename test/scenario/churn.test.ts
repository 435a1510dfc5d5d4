import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { churn } from "../support/churn.ts";

const CONNECTIONS = 1_000;

describe("connections that a guest opens to its service and closes", function () {
  this.timeout(60_000);

  it("leave no port, socket or byte behind", async () => {
    const { before, after, stopped } = await churn(CONNECTIONS);
    assert.deepEqual(after, before);
    assert.deepEqual(stopped, {});
  });

  it("leave nothing behind either where the service traps at every hundredth", async () => {
    const { before, after, stopped } = await churn(CONNECTIONS, 100);
    assert.deepEqual(after, before);
    assert.deepEqual(stopped, {});
  });
});
