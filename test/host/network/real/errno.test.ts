import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SocketError, type SocketErrorCode } from "../../../../host/network/error.ts";
import { toSocketError } from "../../../../host/network/real/errno.ts";

describe("toSocketError", () => {
  const cases: [errno: string, code: SocketErrorCode][] = [
    ["EADDRINUSE", "address-in-use"],
    ["EADDRNOTAVAIL", "address-not-bindable"],
    ["EACCES", "access-denied"],
    ["ECONNREFUSED", "connection-refused"],
    ["ECONNRESET", "connection-reset"],
    ["EPIPE", "connection-reset"],
    ["ETIMEDOUT", "timeout"],
    ["ENETUNREACH", "remote-unreachable"],
    ["EMFILE", "new-socket-limit"],
    ["EWHATEVER", "unknown"],
  ];
  for (const [errno, code] of cases) {
    it(`turns ${errno} into ${code}`, () => {
      const cause = Object.assign(new Error(`connect ${errno}`), { code: errno });
      const error = toSocketError(cause, "connect to 192.0.2.1:80");
      assert.equal(error.code, code);
      assert.equal(error.message, `Cannot connect to 192.0.2.1:80: connect ${errno}`);
      assert.equal(error.cause, cause);
    });
  }

  it("leaves a socket error as it is", () => {
    const error = new SocketError("timeout", "Cannot wait");
    assert.equal(toSocketError(error, "connect"), error);
  });

  it("calls whatever has no error number unknown", () => {
    for (const thrown of [undefined, null, "text", 7, {}, new Error("no code")]) {
      assert.equal(toSocketError(thrown, "connect").code, "unknown");
    }
  });
});
