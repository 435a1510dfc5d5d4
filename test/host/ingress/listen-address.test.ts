import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatListenAddress, parseListenAddress } from "../../../host/ingress/listen-address.ts";

describe("parseListenAddress", () => {
  it("means loopback where no address is written", () => {
    check("8000", "127.0.0.1:8000");
    check("0", "127.0.0.1:0");
    check("localhost:65535", "127.0.0.1:65535");
  });
  it("takes the address that a person wrote", () => {
    check("127.0.0.1:8000", "127.0.0.1:8000");
    check("0.0.0.0:80", "0.0.0.0:80");
    check("[::1]:8000", "[::1]:8000");
    check("[::]:8000", "[::]:8000");
  });
  it("refuses what is no address and port", () => {
    for (const text of [
      "",
      ":8000",
      "8000:",
      "65536",
      "-1",
      "1e3",
      "0x50",
      "example.com:80",
      "256.0.0.1:80",
      "127.1:80",
      "::1:80",
      "[::1]",
      "[127.0.0.1]:80",
      "127.0.0.1:80:80",
      " 8000",
      "9".repeat(400),
    ]) {
      check(text, undefined);
    }
  });
});

function check(text: string, expected: string | undefined): void {
  const address = parseListenAddress(text);
  assert.equal(address === undefined ? undefined : formatListenAddress(address), expected, text);
}
