import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { beginBody } from "../../../host/bridge/body.ts";
import { WaitList } from "../../../host/network/wait-list.ts";
import type { Body } from "../../../host/wasi/http/message.ts";

describe("beginBody", () => {
  it("sends no more than the bytes of a body that hands over fewer than it said", () => {
    const body: Body = {
      available: 5000,
      ended: false,
      failure: undefined,
      trailers: undefined,
      whenReadable: new WaitList(),
      readInto: (target) => {
        target.fill(1, 0, 100);
        return 100;
      },
      cancel: () => {},
    };
    const begun = beginBody(body);
    assert.ok(begun?.tag === "stream");
    assert.ok(Buffer.alloc(100, 1).equals(begun.first));
    assert.equal(begun.first.buffer.byteLength, 100);
  });
});
