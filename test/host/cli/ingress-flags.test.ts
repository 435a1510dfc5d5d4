import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type IngressFlags, toIngressSettings } from "../../../host/cli/ingress-flags.ts";
import { UsageError } from "../../../host/cli/usage-error.ts";

const NONE: IngressFlags = { tlsCert: [], tlsKey: [], trustProxy: [] };

describe("toIngressSettings", () => {
  it("asks for nothing where there are no flags", () => {
    assert.deepEqual(toIngressSettings(NONE), {
      https: undefined,
      trustedProxies: [],
      onAccess: undefined,
    });
  });

  it("joins each certificate with the key at its place", () => {
    const flags = {
      ...NONE,
      https: "8443",
      tlsCert: ["a.pem", "b.pem"],
      tlsKey: ["a.key", "b.key"],
    };
    assert.deepEqual(toIngressSettings(flags).https, {
      address: { host: "127.0.0.1", port: 8443 },
      tls: {
        certificates: [
          { hosts: [], certFile: "a.pem", keyFile: "a.key" },
          { hosts: [], certFile: "b.pem", keyFile: "b.key" },
        ],
        clientCaFile: undefined,
      },
    });
  });

  for (const [flags, message] of [
    [{ https: "8443" }, /needs --tls-cert/],
    [{ https: "x", tlsCert: ["a"], tlsKey: ["b"] }, /--https x is no address/],
    [{ https: "8443", tlsCert: ["a"] }, /1 --tls-cert and 0 --tls-key/],
    [{ tlsCert: ["a"], tlsKey: ["b"] }, /need --https/],
    [{ tlsClientCa: "a" }, /need --https/],
    [{ trustProxy: ["10.0.0.0/40"] }, /--trust-proxy 10\.0\.0\.0\/40 is no address/],
  ] as const) {
    it(`refuses ${JSON.stringify(flags)}`, () => {
      assert.throws(
        () => toIngressSettings({ ...NONE, ...flags }),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
