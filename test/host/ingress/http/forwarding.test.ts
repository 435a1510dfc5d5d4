import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { TrustedProxies } from "../../../../host/ingress/http/trusted-proxies.ts";
import { answerWith, exchange, ingressTo } from "../../../support/ingress.ts";

const CLAIMS =
  "x-forwarded-for: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nx-forwarded-host: shop.example\r\n" +
  "x-forwarded-proto: https\r\nx-forwarded-port: 443\r\nx-real-ip: 1.1.1.1\r\n" +
  'forwarded: for="[::1]";proto=https\r\n';

describe("X-Forwarded-* and Forwarded", () => {
  it("are replaced where whoever sends them is not trusted", async () => {
    for (const trustedProxies of [undefined, [], ["10.0.0.0/8", "::1"]]) {
      const { scheme, fields } = await forwarded(trustedProxies, CLAIMS);
      assert.equal(scheme, "http");
      assert.deepEqual(fields, [
        ["x-forwarded-for", "127.0.0.1"],
        ["x-forwarded-host", "a.localhost:80"],
        ["x-forwarded-proto", "http"],
      ]);
    }
  });

  it("are passed on with this hop behind them where a trusted proxy sends them", async () => {
    const { scheme, fields } = await forwarded(["127.0.0.0/8"], CLAIMS);
    assert.equal(scheme, "https");
    assert.deepEqual(fields, [
      ["x-forwarded-port", "443"],
      ["x-real-ip", "1.1.1.1"],
      ["x-forwarded-for", "1.1.1.1, 2.2.2.2, 127.0.0.1"],
      ["x-forwarded-host", "shop.example"],
      ["x-forwarded-proto", "https"],
      ["forwarded", 'for="[::1]";proto=https, for=127.0.0.1;host="a.localhost:80";proto=http'],
    ]);
  });

  it("are made of what is known where a trusted proxy says nothing, or nonsense", async () => {
    assert.deepEqual((await forwarded(["127.0.0.1"], "")).fields, [
      ["x-forwarded-for", "127.0.0.1"],
      ["x-forwarded-host", "a.localhost:80"],
      ["x-forwarded-proto", "http"],
    ]);
    assert.equal((await forwarded(["127.0.0.1"], "x-forwarded-proto: gopher\r\n")).scheme, "http");
  });

  it("leave traceparent and all other fields alone", async () => {
    const { fields, all } = await forwarded(undefined, "traceparent: 00-1-2-01\r\nx-other: y\r\n");
    assert.equal(fields.length, 3);
    assert.ok(all.some(([name, value]) => name === "traceparent" && value === "00-1-2-01"));
    assert.ok(all.some(([name]) => name === "x-other"));
  });
});

describe("TrustedProxies", () => {
  it("knows addresses and ranges of both families", () => {
    const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"]);
    for (const address of ["10.1.2.3", "192.0.2.1", "2001:db8::1", "::1"]) {
      assert.ok(proxies.has(address), address);
    }
    for (const address of ["11.0.0.1", "192.0.2.2", "2001:db9::1", "::2", ""]) {
      assert.ok(!proxies.has(address), address);
    }
  });

  it("refuses what is no range", () => {
    const ranges = [
      "",
      "a",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
      "::/129",
      "*",
    ];
    for (const range of ranges) assert.throws(() => new TrustedProxies([range]), RangeError, range);
  });
});

/** What a workload sees of a request with these header fields. */
async function forwarded(
  trustedProxies: readonly string[] | undefined,
  headers: string,
): Promise<{
  readonly scheme: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly all: readonly (readonly [string, string])[];
}> {
  let seen: { readonly scheme: string; readonly headers: readonly (readonly [string, unknown])[] } =
    {
      scheme: "",
      headers: [],
    };
  const options = { trustedProxies };
  await using ingress = await ingressTo(async ({ head }) => {
    seen = head;
    return answerWith(200);
  }, options);
  await exchange(
    ingress,
    `GET / HTTP/1.1\r\nhost: a.localhost:80\r\n${headers}connection: close\r\n\r\n`,
  );
  const all = seen.headers.map(([name, value]): [string, string] => [name, String(value)]);
  const fields = all.filter(([name]) => /^x-forwarded|^forwarded$|^x-real-ip$/.test(name));
  return { scheme: seen.scheme, fields, all };
}
