import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { IpAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../../../host/network/error.ts";
import { fromIpText } from "../../../../host/wasi/sockets/address.ts";
import {
  type ResolveAddressStream,
  resolveAddresses,
} from "../../../../host/wasi/sockets/ip-name-lookup.ts";
import { parseAllowedHost } from "../../../../policy/allowed-host.ts";
import { parseAllowedName } from "../../../../policy/allowed-name.ts";
import type { Policy } from "../../../../policy/policy.ts";
import { TestEgress } from "../egress/support.ts";
import { ipv4, outcome, SocketGuest } from "./support.ts";

const DB = [93, 184, 216, 34] as [number, number, number, number];

describe("ip-name-lookup through a resolver", () => {
  it("answers an allowed name once the resolver has, and is ready from then on", async () => {
    using egress = withNames({ "db.example": ["93.184.216.34", "2606:2800:220:1::1"] });
    using owner = new SocketGuest(egress.options(lookups("db.example")));
    const stream = resolveAddresses(owner.guest, "DB.Example.");
    assert.equal(stream.subscribe().ready(), false);
    assert.equal(
      outcome(() => stream.resolveNextAddress()),
      "would-block",
    );
    await stream.subscribe().block();
    assert.deepEqual(readAll(stream), [
      fromIpText("93.184.216.34", 4),
      fromIpText("2606:2800:220:1::1", 6),
    ]);
    assert.deepEqual(egress.asked, ["db.example"]);
  });

  it("asks nobody for a name that is not allowed", () => {
    using egress = withNames({ "db.example": ["93.184.216.34"] });
    using owner = new SocketGuest(egress.options(lookups("other.example")));
    assert.equal(
      outcome(() => resolveAddresses(owner.guest, "db.example")),
      "permanent-resolver-failure",
    );
    assert.deepEqual(egress.asked, []);
    assert.deepEqual(
      egress.decisions.map(({ use, name, rule }) => `${use} ${name} ${rule}`),
      ["lookup db.example lookup-not-allowed"],
    );
  });

  it("lets the guest connect to the answers, and to nothing that another name would answer", async () => {
    using egress = withNames({ "db.example": ["93.184.216.34"] });
    using owner = new SocketGuest(egress.options({ ...lookups("db.example"), allowedHosts: [] }));
    const connect = (): string =>
      outcome(() => {
        using socket = owner.socket();
        socket.startConnect(owner.network, ipv4(443, DB));
      });
    assert.equal(connect(), "access-denied");
    await lookUp(owner, "db.example");
    assert.equal(connect(), "ok");
    // The same name with another answer: what it grants now was checked now.
    egress.names.set("db.example", ["93.184.216.35"]);
    await lookUp(owner, "db.example");
    assert.equal(
      outcome(() => owner.socket().startConnect(owner.network, ipv4(443, [93, 184, 216, 36]))),
      "access-denied",
    );
  });

  it("leaves out answers in closed ranges, whatever the spelling, and grants them nothing", async () => {
    using egress = withNames({
      "evil.example": [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "127.0.0.1",
        "127.255.255.254",
        "::1",
        "93.184.216.34",
      ],
    });
    using owner = new SocketGuest(egress.options({ ...lookups("*"), allowedHosts: [] }));
    assert.deepEqual(await lookUp(owner, "evil.example"), [fromIpText("93.184.216.34", 4)]);
    assert.equal(egress.guest.lookups.size, 1);
  });

  it("finds no address for a name that has closed ones only", async () => {
    using egress = withNames({ "evil.example": ["169.254.169.254", "127.0.0.1"] });
    using owner = new SocketGuest(egress.options(lookups("*")));
    const stream = resolveAddresses(owner.guest, "evil.example");
    await stream.subscribe().block();
    for (let times = 0; times < 2; times += 1) {
      assert.equal(
        outcome(() => stream.resolveNextAddress()),
        "name-unresolvable",
      );
    }
  });

  it("grants the ports that allowedHosts names for the name, and no others", async () => {
    using egress = withNames({ "db.example": ["93.184.216.34"] });
    const entry = parseAllowedHost("db.example:5432");
    assert.ok(entry !== undefined);
    using owner = new SocketGuest(
      egress.options({ ...lookups("db.example"), allowedHosts: [entry] }),
    );
    await lookUp(owner, "db.example");
    const connect = (port: number): string =>
      outcome(() => {
        using socket = owner.socket();
        socket.startConnect(owner.network, ipv4(port, DB));
      });
    assert.equal(connect(5432), "ok");
    assert.equal(connect(22), "access-denied");
  });

  for (const code of [
    "name-unresolvable",
    "temporary-resolver-failure",
    "permanent-resolver-failure",
  ] as const) {
    it(`answers ${code} where the resolver says so`, async () => {
      using egress = new TestEgress(async () => {
        throw new SocketError(code, "It says so");
      });
      using owner = new SocketGuest(egress.options(lookups("*")));
      const stream = resolveAddresses(owner.guest, "db.example");
      await stream.subscribe().block();
      assert.equal(
        outcome(() => stream.resolveNextAddress()),
        code,
      );
    });
  }

  it("gives a lookup up when its stream is dropped, or its guest", async () => {
    const signals: AbortSignal[] = [];
    using egress = new TestEgress((_name, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    using owner = new SocketGuest(egress.options(lookups("*")));
    const stream = resolveAddresses(owner.guest, "a.example");
    resolveAddresses(owner.guest, "b.example");
    await new Promise((resolve) => setImmediate(resolve));
    stream[Symbol.dispose]();
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
    owner[Symbol.dispose]();
    assert.equal(signals[1]?.aborted, true);
  });
});

function withNames(names: Readonly<Record<string, readonly string[]>>): TestEgress {
  const egress = new TestEgress();
  for (const [name, addresses] of Object.entries(names)) egress.names.set(name, addresses);
  return egress;
}

function lookups(text: string): Partial<Policy> {
  const entry = parseAllowedName(text);
  assert.ok(entry !== undefined);
  return { allowedNames: [entry] };
}

async function lookUp(owner: SocketGuest, name: string): Promise<IpAddress[]> {
  const stream = resolveAddresses(owner.guest, name);
  await stream.subscribe().block();
  return readAll(stream);
}

function readAll(stream: ResolveAddressStream): IpAddress[] {
  const addresses: IpAddress[] = [];
  for (let next = stream.resolveNextAddress(); next; next = stream.resolveNextAddress()) {
    addresses.push(next);
  }
  return addresses;
}
