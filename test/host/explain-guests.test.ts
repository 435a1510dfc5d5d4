import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { describe, it } from "mocha";
import { explainGuests } from "../../host/explain-guests.ts";
import { HostPorts } from "../../host/workload/host-ports.ts";
import { DEFAULT_HOST_POLICY } from "../../policy/policy.ts";
import { workloadOf } from "./workload/real-workload.ts";

const WORKLOAD = workloadOf({ service: "tcp-echo", component: "http-hello" });
const BIND = {
  use: "tcp-bind",
  address: new SocketAddress({ address: "127.0.0.1", port: 80 }),
} as const;

describe("explainGuests", () => {
  it("asks the policy of each guest, the service first", () => {
    const explained = explainGuests(
      WORKLOAD,
      BIND,
      undefined,
      DEFAULT_HOST_POLICY,
      new HostPorts(),
    );
    assert.deepEqual(
      explained.map(({ guest, explanation }) => [guest, explanation.outcome]),
      [
        ["service", "allow"],
        ["api", "deny"],
      ],
    );
  });

  it("asks that of one guest where it is named", () => {
    const [only, ...others] = explainGuests(
      WORKLOAD,
      BIND,
      "api",
      DEFAULT_HOST_POLICY,
      new HostPorts(),
    );
    assert.equal(only?.explanation.rule, "component-may-not-listen");
    assert.deepEqual(others, []);
  });

  it("says that there is no such guest", () => {
    assert.throws(
      () => explainGuests(WORKLOAD, BIND, "ghost", DEFAULT_HOST_POLICY, new HostPorts()),
      { code: "not-found", message: 'default/test has no guest "ghost"' },
    );
  });
});
