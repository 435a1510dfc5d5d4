import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  formatPublish,
  parsePublish,
  type Publish,
  PublishError,
} from "../../../host/network/publish.ts";

describe("parsePublish", () => {
  const accepted: [string, Publish][] = [
    ["8080", { tag: "port", address: "loopback", first: 8080, last: 8080 }],
    ["localhost:8080", { tag: "port", address: "loopback", first: 8080, last: 8080 }],
    ["127.0.0.1:8080", { tag: "port", address: "127.0.0.1", first: 8080, last: 8080 }],
    ["[::1]:8080", { tag: "port", address: "::1", first: 8080, last: 8080 }],
    ["::1:8080", { tag: "port", address: "::1", first: 8080, last: 8080 }],
    ["0.0.0.0:8080", { tag: "port", address: "0.0.0.0", first: 8080, last: 8080 }],
    ["[::]:8080", { tag: "port", address: "::", first: 8080, last: 8080 }],
    ["8080-8090", { tag: "port", address: "loopback", first: 8080, last: 8090 }],
    ["0.0.0.0:8080-8090", { tag: "port", address: "0.0.0.0", first: 8080, last: 8090 }],
    ["auto", { tag: "auto", address: "loopback" }],
    ["0.0.0.0:auto", { tag: "auto", address: "0.0.0.0" }],
    ["unix:./leet.sock", { tag: "unix", path: "./leet.sock" }],
    ["unix:/run/a:b.sock", { tag: "unix", path: "/run/a:b.sock" }],
    ["65535", { tag: "port", address: "loopback", first: 65_535, last: 65_535 }],
  ];
  for (const [text, publish] of accepted) {
    it(`reads ${text}`, () => assert.deepEqual(parsePublish(text), publish));
  }

  const refused: [string, string][] = [
    ["", '"" has no port: "" is neither a number nor a range such as 8080-8090'],
    ["0", '"0" has port 0: auto is any free port'],
    ["65536", '"65536" has a port above 65535'],
    ["8090-8080", '"8090-8080" has a range that ends before it begins'],
    [
      "8080/tcp",
      '"8080/tcp" has no port: "8080/tcp" is neither a number nor a range such as 8080-8090',
    ],
    ["-1", '"-1" has no port: "-1" is neither a number nor a range such as 8080-8090'],
    ["1e3", '"1e3" has no port: "1e3" is neither a number nor a range such as 8080-8090'],
    ["example.com:80", '"example.com:80" has no IP address: "example.com"'],
    ["*:80", '"*:80" has no IP address: "*"; all addresses are 0.0.0.0 and [::]'],
    ["[127.0.0.1]:80", '"[127.0.0.1]:80" has no IP address: "[127.0.0.1]"'],
    ["127.0.0.1.:80", '"127.0.0.1.:80" has no IP address: "127.0.0.1."'],
    ["0177.0.0.1:80", '"0177.0.0.1:80" has no IP address: "0177.0.0.1"'],
    ["[fe80::1%eth0]:80", '"[fe80::1%eth0]:80" has no IP address: "[fe80::1%eth0]"'],
    ["unix:", '"unix:" names no socket'],
    ["unix:a\0b", '"unix:a\0b" names no socket'],
  ];
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePublish(text), { name: "PublishError", message });
    });
  }

  it("reads what formatPublish writes", () => {
    for (const [, publish] of accepted) {
      assert.deepEqual(parsePublish(formatPublish(publish)), publish);
    }
  });

  it("either reads a text or says what is wrong with it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parsePublish(text);
        } catch (error) {
          assert.ok(error instanceof PublishError);
        }
      }),
    );
  });
});
