import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { fromFailure, toFailure } from "../../../host/bridge/failure.ts";
import { SocketError } from "../../../host/network/error.ts";
import { MESSAGE_MAX } from "../../../policy/cut-text.ts";

const LONG = "x".repeat(1_000_000);

describe("toFailure", () => {
  it("keeps what a socket's error says, and cuts what nobody would read", () => {
    const failure = fromFailure(toFailure(new SocketError("connection-reset", "it was reset")));
    assert.ok(failure instanceof SocketError);
    assert.deepEqual([failure.code, failure.message], ["connection-reset", "it was reset"]);
    const long = toFailure(new SocketError("connection-reset", LONG));
    assert.equal(long.message.length, MESSAGE_MAX);
  });

  it("does the same to other errors, and to their codes", () => {
    const failure = toFailure(Object.assign(new Error(LONG), { code: LONG }));
    assert.deepEqual([failure.message.length, failure.code.length], [MESSAGE_MAX, MESSAGE_MAX]);
  });
});
