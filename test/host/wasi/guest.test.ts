import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Guest } from "../../../host/wasi/guest.ts";
import { Resource } from "../../../host/wasi/resource.ts";
import { createGuest } from "./support.ts";

class Noted extends Resource {
  readonly name: string;
  readonly #log: string[];

  constructor(guest: Guest, name: string, log: string[]) {
    super(guest);
    this.name = name;
    this.#log = log;
  }

  protected override drop(): void {
    this.#log.push(this.name);
  }
}

describe("Guest", () => {
  it("disposes its resources, the newest first, and no other guest's", () => {
    const log: string[] = [];
    const guest = createGuest();
    using other = createGuest();
    const [a, b] = [new Noted(guest, "a", log), new Noted(guest, "b", log)];
    const stranger = new Noted(other, "stranger", log);
    const c = new Noted(guest, "c", log);
    b[Symbol.dispose]();
    guest[Symbol.dispose]();
    assert.deepEqual(log, ["b", "c", "a"]);
    assert.deepEqual([a.disposed, c.disposed, stranger.disposed], [true, true, false]);
  });

  it("aborts its signal when it is disposed, and creates nothing afterwards", () => {
    const guest = createGuest();
    const { signal } = guest;
    assert.equal(signal.aborted, false);
    guest[Symbol.dispose]();
    guest[Symbol.dispose]();
    assert.equal(signal.aborted, true);
    assert.throws(() => new Noted(guest, "late", []), RangeError);
  });
});
