import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  formatForward,
  type ForwardText,
  parseForward,
} from "../../../../host/ingress/forward/forward-spec.ts";
import { PublishError } from "../../../../host/network/publish.ts";

describe("parseForward", () => {
  const accepted: [string, ForwardText][] = [
    ["8080:3000", forward(undefined, at("loopback", 8080), 3000)],
    ["8080:3000/tcp", forward(undefined, at("loopback", 8080), 3000)],
    ["8080:3000/udp", forward(undefined, at("loopback", 8080), 3000, "udp")],
    ["8080:3000/UDP", forward(undefined, at("loopback", 8080), 3000, "udp")],
    ["127.0.0.1:8080:3000", forward(undefined, at("127.0.0.1", 8080), 3000)],
    ["[::1]:8080:3000/udp", forward(undefined, at("::1", 8080), 3000, "udp")],
    ["::1:8080:3000", forward(undefined, at("::1", 8080), 3000)],
    ["shop/8080:3000", forward("shop", at("loopback", 8080), 3000)],
    ["prod/shop/0.0.0.0:8080:3000", forward("prod/shop", at("0.0.0.0", 8080), 3000)],
    ["shop/8080:53/udp", forward("shop", at("loopback", 8080), 53, "udp")],
    ["8080-8090:3000", forward(undefined, at("loopback", 8080, 8090), 3000)],
    ["auto:3000", forward(undefined, { tag: "auto", address: "loopback" }, 3000)],
    ["3000", forward(undefined, { tag: "auto", address: "loopback" }, 3000)],
    [":3000", forward(undefined, { tag: "auto", address: "loopback" }, 3000)],
    ["127.0.0.1::3000", forward(undefined, { tag: "auto", address: "127.0.0.1" }, 3000)],
    ["8443:https", forward(undefined, at("loopback", 8443), "https")],
    ["shop/8443:web-2", forward("shop", at("loopback", 8443), "web-2")],
    ["unix:./web.sock:3000", forward(undefined, { tag: "unix", path: "./web.sock" }, 3000)],
    ["a/b/unix:/run/web.sock:3000", forward("a/b", { tag: "unix", path: "/run/web.sock" }, 3000)],
  ];
  for (const [text, expected] of accepted) {
    it(`reads ${text}`, () => assert.deepEqual(parseForward(text), [expected]));
  }

  it("maps two ranges pairwise", () => {
    const found = parseForward("shop/127.0.0.1:3000-3002:80-82/udp");
    assert.deepEqual(
      found,
      [0, 1, 2].map((n) => forward("shop", at("127.0.0.1", 3000 + n), 80 + n, "udp")),
    );
  });

  const refused = [
    "",
    "8080:",
    ":",
    "/",
    "8080:0",
    "0:80",
    "70000:80",
    "8080:3000/sctp",
    "3000-3005:80-81",
    "unix:./x:80-81",
    "unix:./x:53/udp",
    "localhost:80:x:80",
    "a/b/c/8080:80",
    "example.com:8080:80",
    "8080:80 ",
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}, quoting it`, () => {
      assert.throws(
        () => parseForward(text),
        (error) => error instanceof PublishError && error.message.startsWith(`"${text}" `),
      );
    });
  }

  it("reads what formatForward writes", () => {
    for (const [, one] of accepted) {
      if (typeof one.port === "string") continue;
      const spec = { ...one, port: one.port };
      assert.deepEqual(parseForward(formatForward(spec)), [{ ...one, workload: undefined }]);
    }
  });

  it("either reads a text or says what is wrong with it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from("0189:/-[].abunixtcp")) }),
        (text) => {
          try {
            parseForward(text);
          } catch (error) {
            assert.ok(error instanceof PublishError);
          }
        },
      ),
    );
  });
});

function at(address: string, first: number, last = first): ForwardText["publish"] {
  return { tag: "port", address, first, last };
}

function forward(
  workload: string | undefined,
  publish: ForwardText["publish"],
  port: number | string,
  protocol: "tcp" | "udp" = "tcp",
): ForwardText {
  return { workload, publish, protocol, port };
}
