import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { LogEntry, LogInput } from "../../../../host/workload/log/log-entry.ts";
import { LogStore } from "../../../../host/workload/log/log-store.ts";
import { FakeClock } from "../fake-clock.ts";

function line(text: string, fields: Partial<LogInput> = {}): LogInput {
  return { time: 1_000, guest: "api", stream: "stdout", replica: 0, line: text, ...fields };
}

function texts(entries: readonly LogEntry[]): string[] {
  return entries.map((entry) => entry.line);
}

describe("LogStore", () => {
  it("keeps lines in order, numbered from 0", () => {
    using store = new LogStore();
    store.append(line("one"));
    store.append(line("two", { guest: "service", stream: "stderr", replica: 1, time: 7 }));
    assert.deepEqual(store.page().entries, [
      { sequence: 0, time: 1_000, guest: "api", stream: "stdout", replica: 0, line: "one" },
      { sequence: 1, time: 7, guest: "service", stream: "stderr", replica: 1, line: "two" },
    ]);
  });

  it("keeps what the host says among the guests' lines", () => {
    using store = new LogStore({ today: () => 42 });
    store.say("running: ready", 2);
    assert.deepEqual(store.page({ guest: "host" }).entries, [
      { sequence: 0, time: 42, guest: "host", stream: "host", replica: 2, line: "running: ready" },
    ]);
  });

  it("forgets the oldest lines when there are too many", () => {
    using store = new LogStore({ bounds: { lines: 3, bytes: 2 ** 20 } });
    for (const text of "abcdef") store.append(line(text));
    assert.deepEqual(texts(store.page().entries), ["d", "e", "f"]);
    assert.equal(store.page().entries[0]?.sequence, 3);
  });

  it("forgets the oldest lines when they are too long together", () => {
    using store = new LogStore({ bounds: { lines: 1_000, bytes: 3_000 } });
    for (const text of "abcd") store.append(line(text.repeat(1_000)));
    assert.deepEqual(texts(store.page().entries), ["d".repeat(1_000)]);
    store.append(line("e".repeat(10_000)));
    assert.deepEqual(texts(store.page().entries), ["e".repeat(10_000)]);
  });

  it("stays within its bounds in a flood", () => {
    using store = new LogStore({
      bounds: { lines: 100, bytes: 2 ** 20 },
      rate: () => ({ lines: 1e9, burst: 1e9 }),
    });
    for (let index = 0; index < 100_000; index += 1) store.append(line(String(index)));
    const { entries } = store.page();
    assert.equal(entries.length, 100);
    assert.equal(entries.at(-1)?.line, "99999");
  });

  describe("page", () => {
    for (const [title, query, expected] of [
      ["all lines without a query", {}, "012345"],
      ["the last lines", { tail: 2 }, "45"],
      ["no line with a tail of 0", { tail: 0 }, ""],
      ["all lines with a tail longer than the log", { tail: 99 }, "012345"],
      ["lines of one guest", { guest: "odd" }, "135"],
      ["no line of a guest that is not there", { guest: "nobody" }, ""],
      ["lines from a time on", { since: 3 }, "345"],
      ["no line of the future", { since: 6 }, ""],
      ["the last line of one guest since a time", { guest: "even", since: 1, tail: 1 }, "4"],
    ] as const) {
      it(`gives ${title}`, () => {
        using store = filled();
        assert.equal(texts(store.page(query).entries).join(""), expected);
      });
    }
  });

  describe("follow", () => {
    it("goes on where the page ended, without a gap and without a line twice", () => {
      using store = new LogStore();
      store.append(line("a"));
      const page = store.page();
      store.append(line("b"));
      const seen = texts(page.entries);
      using _following = page.follow((entry) => seen.push(entry.line));
      store.append(line("c"));
      assert.deepEqual(seen, ["a", "b", "c"]);
    });

    it("tells of the lines that the query asks for, however short its tail", () => {
      using store = new LogStore();
      const seen: string[] = [];
      using _following = store
        .page({ guest: "api", since: 10, tail: 0 })
        .follow((entry) => seen.push(entry.line));
      store.append(line("old", { time: 9 }));
      store.append(line("other", { guest: "service", time: 10 }));
      store.append(line("wanted", { time: 10 }));
      assert.deepEqual(seen, ["wanted"]);
    });

    it("tells of nothing more once it is disposed, as often as it is", () => {
      using store = new LogStore();
      const seen: string[] = [];
      const following = store.page().follow((entry) => seen.push(entry.line));
      store.append(line("a"));
      following[Symbol.dispose]();
      following[Symbol.dispose]();
      store.append(line("b"));
      assert.deepEqual(seen, ["a"]);
    });

    it("can be ended by its own listener", () => {
      using store = new LogStore();
      const page = store.page();
      const seen: string[] = [];
      const following = page.follow((entry) => {
        seen.push(entry.line);
        following[Symbol.dispose]();
      });
      store.append(line("a"));
      store.append(line("b"));
      assert.deepEqual(seen, ["a"]);
    });

    it("lets a listener that throws go, and harms neither the log nor other listeners", () => {
      const failures: unknown[] = [];
      using store = new LogStore({ onFailure: (error) => failures.push(error) });
      const seen: string[] = [];
      using _bad = store.page().follow(() => {
        throw new Error("broken");
      });
      using _good = store.page().follow((entry) => seen.push(entry.line));
      store.append(line("a"));
      store.append(line("b"));
      assert.deepEqual(seen, ["a", "b"]);
      assert.deepEqual(texts(store.page().entries), ["a", "b"]);
      assert.deepEqual(failures.map(String), ["Error: broken"]);
    });

    it("keeps the order for all when a listener makes a line", () => {
      using store = new LogStore();
      const first: string[] = [];
      const second: string[] = [];
      using _first = store.page().follow((entry) => {
        first.push(entry.line);
        if (entry.line === "a") store.append(line("b"));
      });
      using _second = store.page().follow((entry) => second.push(entry.line));
      store.append(line("a"));
      assert.deepEqual(
        [first, second],
        [
          ["a", "b"],
          ["a", "b"],
        ],
      );
    });

    it("shows by the sequence numbers what was forgotten before the page was followed", () => {
      using store = new LogStore({ bounds: { lines: 2, bytes: 2 ** 20 } });
      const page = store.page();
      for (const text of "abcd") store.append(line(text));
      const seen: number[] = [];
      using _following = page.follow((entry) => seen.push(entry.sequence));
      assert.deepEqual(seen, [2, 3]);
    });
  });

  describe("its rate", () => {
    it("drops what is too much, and says once a second how much that was", () => {
      const clock = new FakeClock();
      using store = new LogStore({ rate: () => ({ lines: 10, burst: 3 }), clock });
      const kept = Array.from("abcdefg", (text) => store.append(line(text)) !== undefined);
      assert.deepEqual(kept, [true, true, true, false, false, false, false]);
      assert.deepEqual(texts(store.page().entries), ["a", "b", "c"]);
      clock.advance(1_000);
      assert.deepEqual(texts(store.page().entries).slice(3), [
        "4 lines were dropped: the guests print more than 10 lines a second (limits.logRate)",
      ]);
      clock.advance(10_000);
      assert.equal(store.page().entries.length, 4);
    });

    it("shows dropped lines as a gap in the sequence", () => {
      const clock = new FakeClock();
      using store = new LogStore({ rate: () => ({ lines: 10, burst: 1 }), clock });
      store.append(line("a"));
      store.append(line("b"));
      clock.advance(100);
      store.append(line("c"));
      assert.deepEqual(
        store.page().entries.map(({ sequence }) => sequence),
        [0, 2],
      );
    });

    it("takes lines again as time goes by, up to a burst", () => {
      const clock = new FakeClock();
      using store = new LogStore({ rate: () => ({ lines: 10, burst: 3 }), clock });
      const printed = (): number =>
        Array.from("abcdef").filter((text) => store.append(line(text)) !== undefined).length;
      assert.equal(printed(), 3);
      clock.advance(200);
      assert.equal(printed(), 2);
      clock.advance(60_000);
      assert.equal(printed(), 3);
    });

    it("counts a long line as several, and can take the longest with the smallest burst", () => {
      const clock = new FakeClock();
      using store = new LogStore({ rate: () => ({ lines: 1, burst: 4 }), clock });
      assert.notEqual(store.append(line("x".repeat(2_048))), undefined);
      assert.equal(store.append(line("x".repeat(2_048))), undefined);
      clock.advance(4_000);
      assert.notEqual(store.append(line("x".repeat(16_384))), undefined);
    });

    it("may change", () => {
      const clock = new FakeClock();
      let rate = { lines: 1, burst: 1 };
      using store = new LogStore({ rate: () => rate, clock });
      store.append(line("a"));
      rate = { lines: 100, burst: 100 };
      clock.advance(20);
      assert.notEqual(store.append(line("b")), undefined);
      assert.notEqual(store.append(line("c")), undefined);
      assert.equal(store.append(line("d")), undefined);
    });

    it("takes all that the host says", () => {
      using store = new LogStore({ rate: () => ({ lines: 1, burst: 1 }), clock: new FakeClock() });
      for (let index = 0; index < 10; index += 1) store.say(`restart ${index}`);
      assert.equal(store.page().entries.length, 10);
    });

    it("says what was dropped when it ends", () => {
      const clock = new FakeClock();
      const store = new LogStore({ rate: () => ({ lines: 1, burst: 1 }), clock });
      const seen: string[] = [];
      store.page().follow((entry) => seen.push(entry.line));
      store.append(line("a"));
      store.append(line("b"));
      store[Symbol.dispose]();
      assert.deepEqual(seen, [
        "a",
        "1 line was dropped: the guests print more than 1 lines a second (limits.logRate)",
      ]);
    });
  });
});

function filled(): LogStore {
  const store = new LogStore();
  for (let index = 0; index < 6; index += 1) {
    store.append(line(String(index), { time: index, guest: index % 2 ? "odd" : "even" }));
  }
  return store;
}
