import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createBackoff } from "../../../../host/tunnel/client/backoff.ts";
import { PortWish } from "../../../../host/tunnel/client/port-wish.ts";
import { RateLimit } from "../../../../host/tunnel/client/rate-limit.ts";
import { RetryBudget } from "../../../../host/tunnel/client/retry-budget.ts";
import { parseServerAddress, serverText } from "../../../../host/tunnel/client/server-address.ts";
import { watchSleep } from "../../../../host/tunnel/client/sleep-watch.ts";
import { toSeedStatus } from "../../../../host/tunnel/client/state.ts";
import { FakeTunnelClock } from "../support.ts";

describe("createBackoff", () => {
  it("draws evenly from 0 to a cap that doubles", () => {
    const backoff = createBackoff({ initial: 500, max: 30_000, random: Math.random });
    for (let attempt = 1; attempt <= 40; attempt++) {
      const cap = Math.min(30_000, 500 * 2 ** (attempt - 1));
      const draws = Array.from({ length: 2000 }, () => backoff.delay(attempt));
      const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
      assert.ok(draws.every((draw) => draw >= 0 && draw < cap));
      // Seven standard deviations of the mean of an even distribution.
      assert.ok(Math.abs(mean - cap / 2) < (7 * cap) / Math.sqrt(12 * draws.length), `${mean}`);
      assert.ok(Math.min(...draws) < cap / 20 && Math.max(...draws) > cap * 0.95);
    }
  });
});

describe("RetryBudget", () => {
  it("lets some go at once and the others one after the other", () => {
    const clock = new FakeTunnelClock();
    const budget = new RetryBudget(clock);
    const waits = Array.from({ length: 13 }, () => budget.take());
    assert.deepEqual(
      waits.slice(0, 10),
      Array.from({ length: 10 }, () => 0),
    );
    assert.deepEqual(waits.slice(10), [500, 1000, 1500]);
    clock.advance(60_000);
    assert.equal(budget.take(), 0);
  });
});

describe("PortWish", () => {
  it("asks for any port, then for the same one, patiently, then for any", () => {
    const clock = new FakeTunnelClock();
    const wish = new PortWish(undefined, 60_000, clock);
    assert.equal(wish.port, 0);
    wish.got(4000);
    wish.lost();
    clock.advance(59_000);
    assert.equal(wish.refused("port-in-use"), false);
    assert.equal(wish.port, 4000);
    clock.advance(2000);
    assert.equal(wish.refused("port-in-use"), true);
    assert.equal(wish.port, 0);
  });

  it("never asks for another port than a fixed one", () => {
    const clock = new FakeTunnelClock();
    const wish = new PortWish(80, 0, clock);
    wish.got(80);
    wish.lost();
    assert.equal(wish.refused("port-in-use"), false);
    assert.equal(wish.refused("out-of-range"), false);
    assert.equal(wish.port, 80);
  });
});

describe("RateLimit", () => {
  it("lets a burst pass and then the rate", () => {
    const clock = new FakeTunnelClock();
    const limit = new RateLimit(1000, clock);
    assert.equal(limit.take(1000), 0);
    assert.equal(limit.take(500), 500);
    clock.advance(500);
    assert.equal(limit.take(100), 100);
    clock.advance(1_000_000);
    assert.equal(limit.take(1000), 0);
    assert.equal(limit.take(1), 1);
  });

  it("keeps its rate over any pattern of chunks", () => {
    const clock = new FakeTunnelClock();
    const limit = new RateLimit(1 << 20, clock);
    let sent = 0;
    while (clock.now() < 60_000) {
      const chunk = 1 + ((sent * 7919) % 65_536);
      sent += chunk;
      clock.advance(limit.take(chunk));
    }
    const rate = sent / 60;
    assert.ok(rate > 1 << 20 && rate < 1.03 * (1 << 20), `${rate} bytes a second`);
  });
});

describe("watchSleep", () => {
  it("notices a date that jumped, and nothing else", () => {
    const clock = new FakeTunnelClock();
    let resumes = 0;
    using _watch = watchSleep(clock, () => {
      resumes += 1;
    });
    clock.advance(60_000);
    assert.equal(resumes, 0);
    clock.sleep(3_600_000);
    clock.advance(5001);
    assert.equal(resumes, 1);
    clock.advance(60_000);
    assert.equal(resumes, 1);
  });

  it("ends when it is disposed", () => {
    const clock = new FakeTunnelClock();
    watchSleep(clock, () => undefined)[Symbol.dispose]();
    assert.equal(clock.timers, 0);
  });
});

describe("parseServerAddress", () => {
  const accepted: readonly (readonly [string, string, string, number])[] = [
    ["bore.pub", "bore", "bore.pub", 7835],
    ["bore.pub:7000", "bore", "bore.pub", 7000],
    ["bore://10.0.0.1", "bore", "10.0.0.1", 7835],
    ["islet://[::1]:80", "islet", "::1", 80],
    ["islets://tunnel.example.com", "islets", "tunnel.example.com", 7835],
    ["localhost", "bore", "localhost", 7835],
  ];
  for (const [text, scheme, host, port] of accepted) {
    it(`reads ${text}`, () => {
      const address = parseServerAddress(text);
      assert.deepEqual(address, { scheme, host, port });
      assert.deepEqual(parseServerAddress(serverText(address)), address);
    });
  }

  for (const text of ["", "http://bore.pub", "bore.pub:0", "bore.pub:65536", "bore.pub/x", "::1"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseServerAddress(text), SyntaxError);
    });
  }
  for (const text of ["a b", "[x]", "[::1", "-a", "a:b", "user@host", "a:"]) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseServerAddress(text), SyntaxError);
    });
  }
});

describe("toSeedStatus", () => {
  it("speaks wasmrun's words", () => {
    const failure = { code: "closed", reason: "", hint: undefined } as const;
    assert.equal(toSeedStatus(undefined), "Not started");
    assert.equal(toSeedStatus({ tag: "disconnected", since: 0, reason: "" }), "Disconnected");
    assert.equal(toSeedStatus({ tag: "connecting", since: 0 }), "Connecting");
    assert.equal(
      toSeedStatus({ tag: "connected", since: 0, publicPort: 1, publicUrl: "" }),
      "Connected",
    );
    assert.equal(
      toSeedStatus({ tag: "reconnecting", since: 0, failure, attempt: 1, nextAttemptAt: 0 }),
      "Reconnecting",
    );
    assert.equal(toSeedStatus({ tag: "failed", since: 0, failure }), "Failed");
  });
});
