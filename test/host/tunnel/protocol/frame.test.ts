import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { ProtocolError } from "../../../../host/tunnel/protocol/error.ts";
import { encodeFrame, FRAME_MAX, FrameDecoder } from "../../../../host/tunnel/protocol/frame.ts";

describe("FrameDecoder", () => {
  it("finds the frames however they are split", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 60 }).map((text) => text.replaceAll("\0", ""))),
        fc.array(fc.nat({ max: 40 })),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map((frame) => Buffer.from(`${frame}\0`)));
          const decoder = new FrameDecoder();
          const found: string[] = [];
          const drain = (): void => {
            for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
              found.push(frame);
            }
          };
          let at = 0;
          for (const cut of cuts) {
            decoder.push(bytes.subarray(at, at + cut));
            at += cut;
            drain();
          }
          decoder.push(bytes.subarray(at));
          drain();
          assert.deepEqual(
            found,
            frames.map((frame) => frame.toWellFormed()),
          );
          assert.equal(decoder.size, 0);
        },
      ),
    );
  });

  it(`takes a frame of ${FRAME_MAX} bytes and none of one more`, () => {
    const decoder = new FrameDecoder();
    decoder.push(Buffer.from(`${"a".repeat(FRAME_MAX)}\0`));
    assert.equal(decoder.next()?.length, FRAME_MAX);
    decoder.push(Buffer.from(`${"a".repeat(FRAME_MAX + 1)}\0`));
    assert.throws(() => decoder.next(), isTooLong);
  });

  it("refuses a frame that is too long before its end came", () => {
    const decoder = new FrameDecoder();
    decoder.push(Buffer.alloc(FRAME_MAX, "a"));
    assert.equal(decoder.next(), undefined);
    decoder.push(Buffer.from("a"));
    assert.throws(() => decoder.next(), isTooLong);
  });

  it("refuses what is not UTF-8", () => {
    const decoder = new FrameDecoder();
    decoder.push(Buffer.from([0xc3, 0x28, 0]));
    assert.throws(
      () => decoder.next(),
      (error) => error instanceof ProtocolError && error.code === "invalid-json",
    );
  });

  it("gives what follows the last frame back as it came", () => {
    const decoder = new FrameDecoder();
    decoder.push(Buffer.from('"Heartbeat"\0GET / \0HTTP'));
    assert.equal(decoder.next(), '"Heartbeat"');
    assert.equal(decoder.rest().toString(), "GET / \0HTTP");
    assert.equal(decoder.size, 0);
  });
});

describe("encodeFrame", () => {
  it("does not send a frame that no peer would take", () => {
    assert.equal(encodeFrame("a".repeat(FRAME_MAX)).length, FRAME_MAX + 1);
    assert.throws(() => encodeFrame("ä".repeat(FRAME_MAX / 2 + 1)), RangeError);
  });
});

function isTooLong(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "frame-too-long";
}
