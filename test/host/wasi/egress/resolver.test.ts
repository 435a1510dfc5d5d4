import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SocketError } from "../../../../host/network/error.ts";
import { NO_QUOTA } from "../../../../host/network/quota.ts";
import { resolveByServer, resolveBySystem } from "../../../../host/wasi/egress/resolve-name.ts";
import { type Resolve, Resolver } from "../../../../host/wasi/egress/resolver.ts";
import { DnsServer, REFUSED, SERVFAIL } from "../../../support/dns-server.ts";

const NEVER = new AbortController().signal;

describe("Resolver", () => {
  it("asks a name server for addresses of both families, with their lifetimes", async () => {
    await using server = await DnsServer.start();
    server.answers.set("shop.example", { addresses: ["93.184.216.34", "2001:db8::7"], ttl: 90 });
    assert.deepEqual(await resolveByServer(server.address)("shop.example", NEVER), [
      { address: "93.184.216.34", lifetime: 90_000 },
      { address: "2001:db8::7", lifetime: 90_000 },
    ]);
  });

  it("is content with one family", async () => {
    await using server = await DnsServer.start();
    server.answers.set("six.example", { addresses: ["2001:db8::7"] });
    const answers = await resolveByServer(server.address)("six.example", NEVER);
    assert.deepEqual(
      answers.map(({ address }) => address),
      ["2001:db8::7"],
    );
  });

  it("tells apart a name that does not exist and a server that fails", async () => {
    await using server = await DnsServer.start();
    server.answers.set("broken.example", { rcode: SERVFAIL });
    server.answers.set("refused.example", { rcode: REFUSED });
    server.answers.set("empty.example", { addresses: [] });
    const resolve = resolveByServer(server.address);
    assert.equal(await codeOf(resolve("nobody.example", NEVER)), "name-unresolvable");
    assert.equal(await codeOf(resolve("empty.example", NEVER)), "name-unresolvable");
    assert.equal(await codeOf(resolve("broken.example", NEVER)), "temporary-resolver-failure");
    assert.equal(await codeOf(resolve("refused.example", NEVER)), "permanent-resolver-failure");
  });

  it("asks the system, which knows its hosts file", async () => {
    const answers = await resolveBySystem("localhost", NEVER);
    assert.ok(answers.some(({ address }) => address === "127.0.0.1" || address === "::1"));
  });

  it("stops asking when nobody waits any more", async () => {
    await using server = await DnsServer.start();
    server.answers.set("slow.example", "silent");
    const controller = new AbortController();
    const resolver = new Resolver(resolveByServer(server.address), { quota: NO_QUOTA });
    const pending = resolver.resolve("slow.example", controller.signal);
    const reason = new Error("nobody waits");
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(pending, reason);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(resolver.size, 0);
  });

  it("fails a lookup that takes too long with temporary-resolver-failure", async () => {
    const resolver = new Resolver(() => new Promise(() => undefined), {
      quota: NO_QUOTA,
      timeout: 10,
    });
    assert.equal(
      await codeOf(resolver.resolve("slow.example", NEVER)),
      "temporary-resolver-failure",
    );
  });

  it("runs so many lookups at a time, in their order, and forgets those that were given up", async () => {
    const begun: string[] = [];
    const pending = new Map<string, PromiseWithResolvers<readonly []>>();
    const resolve: Resolve = (name) => {
      begun.push(name);
      const deferred = Promise.withResolvers<readonly []>();
      pending.set(name, deferred);
      return deferred.promise;
    };
    const resolver = new Resolver(resolve, { quota: NO_QUOTA, concurrency: 2 });
    const controller = new AbortController();
    const [a, b] = ["a", "b"].map((name) => resolver.resolve(name, NEVER));
    const c = resolver.resolve("c", controller.signal);
    const d = resolver.resolve("d", NEVER);
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(begun, ["a", "b"]);
    assert.equal(resolver.size, 4);
    controller.abort(new Error("given up"));
    await assert.rejects(c, /given up/);
    pending.get("a")?.resolve([]);
    await a;
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(begun, ["a", "b", "d"]);
    pending.get("b")?.reject(new Error("broken"));
    assert.equal(await codeOf(b), "permanent-resolver-failure");
    pending.get("d")?.resolve([]);
    await d;
    assert.equal(resolver.size, 0);
  });

  it("looks nothing up past its quota, and gives back what it took", async () => {
    let taken = 0;
    const quota = {
      ...NO_QUOTA,
      acquire: () => (taken += 1) <= 1,
      release: () => (taken -= 1),
    };
    const resolver = new Resolver(async () => [], { quota });
    await resolver.resolve("a", NEVER);
    assert.equal(taken, 0);
    taken = 1;
    assert.equal(await codeOf(resolver.resolve("b", NEVER)), "temporary-resolver-failure");
  });
});

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    return error.code;
  }
}
