import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseQuestion } from "../../../host/cli/policy-question.ts";
import { UsageError } from "../../../host/cli/usage-error.ts";
import type { Question } from "../../../policy/question.ts";

describe("parseQuestion", () => {
  const good: readonly (readonly [string, string, string])[] = [
    ["tcp-connect", "10.0.0.1:5432", "10.0.0.1 5432"],
    ["tcp-connect", "[2001:DB8::1]:443", "2001:db8::1 443"],
    ["tcp-connect", "db.example.com:5432", "name db.example.com 5432"],
    ["tcp-connect", "2852039166:80", "name 2852039166 80"],
    ["udp-send", "host.wasmcloud.internal:53", "name host.wasmcloud.internal 53"],
    ["udp-send", "255.255.255.255:65535", "255.255.255.255 65535"],
    ["tcp-bind", "0.0.0.0:0", "0.0.0.0 0"],
    ["udp-bind", "[::]:53", ":: 53"],
    ["lookup", "bücher.de", "name bücher.de"],
    ["lookup", "2001:db8::1", "name 2001:db8::1"],
    ["http", "https://api.example.com", "https api.example.com 443"],
    ["http", "HTTP://api.example.com:8080/a?b#c", "http api.example.com 8080"],
    ["http", "http://[::1]/", "http ::1 80"],
    ["http", "http://2852039166/", "http 2852039166 80"],
  ];
  for (const [use, address, expected] of good) {
    it(`reads ${use} ${address}`, () =>
      assert.equal(describeQuestion(parseQuestion(use, address)), expected));
  }

  const bad: readonly (readonly [string, string, RegExp])[] = [
    [
      "tcp-conect",
      "a:1",
      /^tcp-conect is no use \(did you mean "tcp-connect"\?\)\. Try one of tcp-connect, /,
    ],
    [
      "tcp-connect",
      "10.0.0.1",
      /^tcp-connect takes a host and a port, not 10\.0\.0\.1\. Try tcp-connect db/,
    ],
    ["tcp-connect", "::1:80", /^tcp-connect takes a host and a port/],
    ["tcp-connect", ":80", /^tcp-connect takes a host and a port/],
    ["tcp-connect", "", /^tcp-connect takes a host and a port/],
    ["tcp-connect", "[example.com]:80", /^tcp-connect takes a host and a port/],
    ["tcp-connect", "a:0", /^0 in a:0 is no port: they go from 1 to 65535$/],
    ["udp-send", "a:65536", /^65536 in a:65536 is no port/],
    [
      "tcp-bind",
      "localhost:80",
      /^tcp-bind takes an IP address and a port, not localhost:80\. Try tcp-bind 0\.0\.0\.0:8080$/,
    ],
    ["udp-bind", "0.0.0.0:65536", /is no port: they go from 0 to 65535$/],
    [
      "http",
      "api.example.com",
      /^http takes a URL, not api\.example\.com\. Try http https:\/\/api\.example\.com\/$/,
    ],
    ["http", "ftp://a", /^http takes a URL/],
    ["http", "http://", /^http takes a URL/],
    ["http", "http://a:b", /^http takes a URL/],
    ["http", "http://user:pass@a/", /^http takes a URL/],
    ["http", "http://a:0/", /^0 in http:\/\/a:0\/ is no port/],
  ];
  for (const [use, address, message] of bad) {
    it(`says what is wrong with ${use} ${JSON.stringify(address)}`, () => {
      assert.throws(
        () => parseQuestion(use, address),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});

function describeQuestion(question: Question): string {
  if (question.use === "http") {
    const { scheme, host, port } = question.target;
    return `${scheme} ${host} ${port}`;
  }
  if ("address" in question) return `${question.address.address} ${question.address.port}`;
  return "port" in question ? `name ${question.name} ${question.port}` : `name ${question.name}`;
}
