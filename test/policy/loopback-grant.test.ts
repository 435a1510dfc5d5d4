import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatLoopbackGrant, parseLoopbackGrant } from "../../policy/loopback-grant.ts";

describe("parseLoopbackGrant", () => {
  const forms: Readonly<Record<string, string>> = {
    "5432": "5432/tcp",
    "5432/tcp": "5432/tcp",
    "5432/TCP": "5432/tcp",
    "53/udp": "53/udp",
    "53/UDP": "53/udp",
    "1": "1/tcp",
    "65535": "65535/tcp",
  };
  for (const [text, formatted] of Object.entries(forms)) {
    it(`reads ${text}`, () => {
      const grant = parseLoopbackGrant(text, "m.yaml:1:2");
      assert.ok(grant !== undefined);
      assert.deepEqual([grant.text, grant.origin], [text, "m.yaml:1:2"]);
      assert.equal(formatLoopbackGrant(grant), formatted);
    });
  }

  it("reads nothing else", () => {
    for (const text of [
      "",
      "0",
      "65536",
      "99999",
      "123456",
      "-1",
      "80-90",
      "*",
      "80/",
      "80/sctp",
      "80/Tcp",
      "/tcp",
      "127.0.0.1:80",
      "http",
      " 80",
      "80 ",
      "80\n",
      "8e1",
      "0x50",
    ]) {
      assert.equal(parseLoopbackGrant(text), undefined, JSON.stringify(text));
    }
  });
});
