import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import { NO_QUOTA } from "../../../../host/network/quota.ts";
import { RecentNames } from "../../../../host/wasi/egress/recent-names.ts";
import { type Resolve, Resolver } from "../../../../host/wasi/egress/resolver.ts";

const NEVER = new AbortController().signal;

describe("RecentNames", () => {
  it("asks once for what holds, and again when it does not", async () => {
    const test = new Test();
    test.lifetime = 20_000;
    await test.names.resolve("a.example", NEVER);
    test.now = 19_999;
    assert.equal(await test.address("a.example"), "192.0.2.1");
    test.now = 20_000;
    assert.equal(await test.address("a.example"), "192.0.2.2");
    test.lifetime = 0;
    test.now = 60_000;
    assert.equal(await test.address("a.example"), "192.0.2.3");
    assert.equal(await test.address("a.example"), "192.0.2.4");
  });

  it("holds an answer for five seconds that does not say, and for a minute at the most", async () => {
    const test = new Test();
    await test.names.resolve("a.example", NEVER);
    test.now = 4_999;
    assert.equal(await test.address("a.example"), "192.0.2.1");
    test.now = 5_000;
    test.lifetime = 1e9;
    assert.equal(await test.address("a.example"), "192.0.2.2");
    test.now = 65_000;
    assert.equal(await test.address("a.example"), "192.0.2.3");
  });

  it("has all who ask at the same time wait for one answer, each for as long as it wants", async () => {
    const test = new Test();
    const controller = new AbortController();
    const given = test.names.resolve("a.example", controller.signal);
    const kept = [1, 2, 3].map(() => test.address("a.example"));
    controller.abort(new Error("given up"));
    await assert.rejects(given, /given up/);
    assert.deepEqual(await Promise.all(kept), ["192.0.2.1", "192.0.2.1", "192.0.2.1"]);
  });

  it("does not hold on to a failure", async () => {
    const test = new Test();
    test.failing = true;
    await assert.rejects(test.names.resolve("a.example", NEVER), SocketError);
    test.failing = false;
    assert.equal(await test.address("a.example"), "192.0.2.2");
  });
});

/** A resolver that gives a new address each time. */
class Test {
  now = 0;
  lifetime: number | undefined;
  failing = false;
  readonly names: RecentNames;
  #asked = 0;

  constructor() {
    const resolver = new Resolver(this.#resolve, { quota: NO_QUOTA });
    this.names = new RecentNames(resolver, () => this.now);
  }

  async address(name: string): Promise<string | undefined> {
    const [first] = await this.names.resolve(name, NEVER);
    return first?.address;
  }

  readonly #resolve: Resolve = async () => {
    this.#asked += 1;
    if (this.failing) throw new SocketError("name-unresolvable", "It is failing");
    return [{ address: `192.0.2.${this.#asked}`, lifetime: this.lifetime }];
  };
}
