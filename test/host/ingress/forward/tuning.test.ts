import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ForwardError } from "../../../../host/ingress/forward/error.ts";
import { FORWARD_LIMITS } from "../../../../host/ingress/forward/limits.ts";
import { toTuning } from "../../../../host/ingress/forward/tuning.ts";
import { until } from "../../bridge/support.ts";
import { ask, attempt, dial, Harbour } from "./support.ts";

describe("toTuning", () => {
  it("leaves what is not said as it is", () => {
    const proxy = { inbound: false, outbound: undefined };
    assert.deepEqual(toTuning({}, "tcp"), { limits: FORWARD_LIMITS, proxy });
  });

  it("knows where a PROXY header is read, and where it is sent in which version", () => {
    const proxies = (["in", "out", "out-v1"] as const).map(
      (proxyProtocol) => toTuning({ proxyProtocol }, "tcp").proxy,
    );
    assert.deepEqual(proxies, [
      { inbound: true, outbound: undefined },
      { inbound: false, outbound: "v2" },
      { inbound: false, outbound: "v1" },
    ]);
  });

  it("bounds connections, and times no longer than a timer takes", () => {
    const { limits } = toTuning({ maxConnections: 3, idleTimeout: 1e15 }, "udp");
    assert.deepEqual([limits.connections, limits.flowTimeout], [3, 2 ** 31 - 1]);
  });

  it("puts no header before datagrams", () => {
    assert.throws(() => toTuning({ proxyProtocol: "in" }, "udp"), ForwardError);
  });
});

describe("Forward, tuned while it is open", () => {
  it("treats who comes from then on as it says, and leaves the others alone", async () => {
    await using harbour = new Harbour();
    harbour.serve();
    const forward = await harbour.add();
    const first = await dial(forward.host);
    await until(() => harbour.now(forward).stats.open === 1);
    harbour.table.tune(forward.id, toTuning({ maxConnections: 1, proxyProtocol: "in" }, "tcp"));
    assert.equal(await attempt(forward.host), "ECONNRESET");
    assert.equal(await ask(first, "first"), "first");
    await until(() => harbour.now(forward).stats.open === 0);
    const header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
    assert.equal(await ask(await dial(forward.host), `${header}second`), "second");
    harbour.table.tune(forward.id, toTuning({}, "tcp"));
    assert.equal(await ask(await dial(forward.host), "third"), "third");
    harbour.table.tune("none", toTuning({}, "tcp"));
  });
});
