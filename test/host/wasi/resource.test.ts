import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Guest } from "../../../host/wasi/guest.ts";
import { Resource, resourceByRep, resourceCount } from "../../../host/wasi/resource.ts";
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

describe("Resource", () => {
  it("is found by its number while it lives", () => {
    using guest = createGuest();
    const resource = new Noted(guest, "a", []);
    assert.equal(resourceByRep(resource.rep), resource);
    assert.equal(Reflect.get(resource, Symbol.for("cabiRep")), resource.rep);
    resource[Symbol.dispose]();
    assert.throws(() => resourceByRep(resource.rep), RangeError);
  });

  it("does not hand its number to the next resource", () => {
    using guest = createGuest();
    const first = new Noted(guest, "a", []);
    first[Symbol.dispose]();
    assert.notEqual(new Noted(guest, "b", []).rep, first.rep);
  });

  it("is released once, however often it is disposed", () => {
    using guest = createGuest();
    const log: string[] = [];
    const resource = new Noted(guest, "a", log);
    const before = resourceCount();
    resource[Symbol.dispose]();
    resource[Symbol.dispose]();
    guest[Symbol.dispose]();
    assert.deepEqual(log, ["a"]);
    assert.equal(resourceCount(), before - 1);
  });

  it("stays findable among thousands of others", () => {
    using guest = createGuest();
    const all = Array.from({ length: 5000 }, (_, index) => new Noted(guest, String(index), []));
    for (const resource of all) assert.equal(resourceByRep(resource.rep), resource);
    for (const resource of all.filter((_, index) => index % 2 === 0)) resource[Symbol.dispose]();
    for (const [index, resource] of all.entries()) {
      if (index % 2 === 1) assert.equal(resourceByRep(resource.rep), resource);
    }
  });

  for (const rep of [0, -1, 1.5, Number.NaN, 2 ** 30, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    it(`is not found by the number ${rep}`, () => {
      assert.throws(() => resourceByRep(rep), RangeError);
    });
  }
});
