import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { answerChallenge, isAnswer } from "../../../../host/tunnel/protocol/challenge.ts";

const ID = "67e55044-10b1-426f-9247-bb680e5fe0c8";
const ANSWER = "10f51227fdb283282eee828ebef77d104a5fb9abc3ce12b23fef65c6a7e4a568";

describe("answerChallenge", () => {
  it("is bore's", () => {
    assert.equal(answerChallenge("mysecret123", ID), ANSWER);
  });

  it("takes the empty secret for one", () => {
    const answer = "a843ecfc278c6e239b223976b9cb758e8c9edac1d25ce85ba612cae34fd1c9eb";
    assert.equal(answerChallenge("", ID), answer);
  });
});

describe("isAnswer", () => {
  it("takes the answer in either case", () => {
    assert.ok(isAnswer(ANSWER, "mysecret123", ID));
    assert.ok(isAnswer(ANSWER.toUpperCase(), "mysecret123", ID));
  });

  for (const wrong of [
    "",
    "10",
    ANSWER.slice(2),
    `${ANSWER}00`,
    ANSWER.replace("1", "2"),
    "zz".repeat(32),
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      assert.equal(isAnswer(wrong, "mysecret123", ID), false);
    });
  }

  it("refuses the answer to another secret or challenge", () => {
    assert.equal(isAnswer(ANSWER, "mysecret124", ID), false);
    assert.equal(isAnswer(ANSWER, "mysecret123", ID.replace("6", "7")), false);
  });
});
