import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { claim, NO_QUOTA } from "../../../host/network/quota.ts";
import { failureCode } from "../../contract/udp/support.ts";
import { RecordingQuota } from "./support.ts";

describe("claim", () => {
  it("keeps what it took for what was made", () => {
    const quota = new RecordingQuota({ socket: 2 });
    assert.equal(
      claim(quota, ["socket", 2], "bind", () => "made"),
      "made",
    );
    assert.equal(quota.used("socket"), 2);
  });

  it("says new-socket-limit where there is none, and makes nothing", () => {
    const quota = new RecordingQuota({ socket: 1 });
    const act = () => claim(quota, ["socket", 2], "bind", () => assert.fail("made"));
    assert.equal(failureCode(act), "new-socket-limit");
    assert.equal(quota.used("socket"), 0);
  });

  it("gives back what it took where making failed", () => {
    const quota = new RecordingQuota({});
    const failure = new Error("no luck");
    const act = () =>
      claim(quota, ["connection", 2], "connect", () => {
        assert.equal(quota.used("connection"), 2);
        throw failure;
      });
    assert.throws(act, failure);
    assert.equal(quota.used("connection"), 0);
  });
});

describe("NO_QUOTA", () => {
  it("has everything", () => {
    assert.equal(NO_QUOTA.acquire("socket", 2 ** 40), true);
    assert.equal(NO_QUOTA.hasRoom("page", 2 ** 40), true);
    NO_QUOTA.charge("page", 1);
    NO_QUOTA.release("page", 1);
  });
});
