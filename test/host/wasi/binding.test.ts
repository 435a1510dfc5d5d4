import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { bindFunction, bindResource } from "../../../host/wasi/binding.ts";
import { CABI_LOWER, lowerMethod } from "../../../host/wasi/cabi.ts";
import { CABI_DISPOSE, CABI_REP, Resource } from "../../../host/wasi/resource.ts";
import { createGuest } from "./support.ts";

class Account extends Resource {
  #balance = 0;

  deposit(amount: number): number {
    this.#balance += amount;
    return this.#balance;
  }

  transfer(to: Account, amount: number): number {
    this.#balance -= amount;
    return to.deposit(amount);
  }

  /** What the host alone may do: WIT does not have it. */
  audit(): number {
    return this.#balance;
  }

  protected override drop(): void {
    this.#balance = Number.NaN;
  }
}

class SavingsAccount extends Account {
  accrue(): number {
    return this.deposit(1);
  }
}

class OpenAccount extends Account {}

const ACCOUNT = ["deposit", "transfer"] as const;

lowerMethod(Account, "deposit", () => () => 0);

/** What jco passes for a handle whose object it does not know. */
function hollow(binding: object, resource: Resource): object {
  const prototype: unknown = Reflect.get(binding, "prototype");
  assert.ok(typeof prototype === "object");
  const object: unknown = Object.create(prototype);
  assert.ok(typeof object === "object" && object !== null);
  Object.defineProperty(object, CABI_REP, { writable: true, value: resource.rep });
  return object;
}

function call(receiver: object, name: string, ...args: unknown[]): unknown {
  const method: unknown = Reflect.get(receiver, name);
  assert.ok(typeof method === "function");
  return Reflect.apply(method, receiver, args);
}

describe("bindResource", () => {
  it("inherits nothing of JavaScript's own, of which a component could name a function", () => {
    const binding = bindResource(Account, ACCOUNT);
    const shared: unknown = Object.getPrototypeOf(binding);
    assert.ok(typeof shared === "object" && shared !== null);
    assert.equal(Object.getPrototypeOf(shared), null);
    assert.deepEqual(Reflect.ownKeys(shared), [CABI_DISPOSE, Symbol.hasInstance]);
    assert.equal(Object.getPrototypeOf(Reflect.get(binding, "prototype")), null);
    assert.equal(Reflect.get(binding, "constructor"), undefined);
  });

  it("finds the object behind a hollow receiver and hollow arguments", () => {
    using guest = createGuest();
    const binding = bindResource(Account, ACCOUNT);
    const [from, to] = [new Account(guest), new Account(guest)];
    assert.equal(call(hollow(binding, from), "deposit", 10), 10);
    assert.equal(call(hollow(binding, from), "transfer", hollow(binding, to), 4), 4);
    assert.equal(from.deposit(0), 6);
  });

  it("finds methods of the class's ancestors", () => {
    using guest = createGuest();
    const account = new SavingsAccount(guest);
    const receiver = hollow(bindResource(SavingsAccount, [...ACCOUNT, "accrue"]), account);
    assert.deepEqual([call(receiver, "accrue"), call(receiver, "deposit", 1)], [1, 2]);
  });

  it("has no method that jco takes for its own", () => {
    using guest = createGuest();
    assert.equal("drop" in hollow(bindResource(Account, ACCOUNT), new Account(guest)), false);
  });

  it("counts real resources as its instances, and nothing else", () => {
    using guest = createGuest();
    const binding = bindResource(Account, ACCOUNT);
    assert.ok(typeof binding === "function");
    assert.equal(new Account(guest) instanceof binding, true);
    assert.equal({} instanceof binding, false);
  });

  it("hands the fast path of a method through", () => {
    const prototype: unknown = Reflect.get(bindResource(Account, ACCOUNT), "prototype");
    assert.ok(typeof prototype === "object" && prototype !== null);
    const method: unknown = Reflect.get(prototype, "deposit");
    assert.ok(typeof method === "function" && CABI_LOWER in method);
  });

  it("drops a resource by its number", () => {
    using guest = createGuest();
    const account = new Account(guest);
    const dispose: unknown = Reflect.get(bindResource(Account, ACCOUNT), CABI_DISPOSE);
    assert.ok(typeof dispose === "function");
    Reflect.apply(dispose, undefined, [account.rep]);
    assert.equal(account.disposed, true);
    assert.throws(() => Reflect.apply(dispose, undefined, [account.rep]), RangeError);
  });

  it("constructs only where the resource has a constructor", () => {
    using guest = createGuest();
    const construct = (): OpenAccount => new OpenAccount(guest);
    const open = bindResource(OpenAccount, ACCOUNT, { construct });
    assert.ok(typeof open === "function");
    assert.ok(Reflect.construct(open, []) instanceof OpenAccount);
    const closed = bindResource(Account, ACCOUNT);
    assert.ok(typeof closed === "function");
    assert.throws(() => Reflect.construct(closed, []), TypeError);
  });

  it("has the functions that WIT has, and not what else the class has for the host", () => {
    const binding = bindResource(SavingsAccount, [...ACCOUNT, "accrue"]);
    const prototype: object = Reflect.get(binding, "prototype");
    assert.deepEqual(
      new Set(Reflect.ownKeys(prototype)),
      new Set(["accrue", "deposit", "transfer"]),
    );
    assert.equal("audit" in prototype, false);
  });

  it("refuses a method that the class does not have", () => {
    class Partial extends Account {
      readonly limit = 1;
    }
    // @ts-expect-error: the compiler knows as well
    assert.throws(() => bindResource(Partial, ["limit"]), /limit is no method/u);
  });
});

describe("bindFunction", () => {
  it("finds hollow objects in lists and in the payload of a variant", () => {
    using guest = createGuest();
    const binding = bindResource(Account, ACCOUNT);
    const account = new Account(guest);
    const same = bindFunction((value: unknown) => value);
    assert.equal(same(hollow(binding, account)), account);
    assert.deepEqual(same([hollow(binding, account), 1]), [account, 1]);
    assert.deepEqual(same({ tag: "ok", val: hollow(binding, account) }), {
      tag: "ok",
      val: account,
    });
    const bytes = new Uint8Array(1);
    assert.equal(same(bytes), bytes);
  });
});
