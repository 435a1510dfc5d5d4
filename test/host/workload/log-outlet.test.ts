import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LOG_WINDOW, type LogLine } from "../../../host/bridge/message-to-main.ts";
import type { ByteSink } from "../../../host/network/byte-stream.ts";
import { LogOutlet } from "../../../host/workload/log-outlet.ts";

describe("LogOutlet", () => {
  it("sends the lines of all guests of a turn together, in order", () => {
    const { outlet, sent, endTurn } = createOutlet();
    const service = outlet.openSink("service", "stdout");
    const api = outlet.openSink("api", "stderr");
    service.write(Buffer.from("one\ntw"));
    api.write(Buffer.from("oops\n"));
    service.write(Buffer.from("o\n"));
    assert.equal(sent.length, 0);
    endTurn();
    assert.deepEqual(
      sent.map(({ lines }) => lines),
      [
        [
          { guest: "service", stream: "stdout", line: "one" },
          { guest: "api", stream: "stderr", line: "oops" },
          { guest: "service", stream: "stdout", line: "two" },
        ],
      ],
    );
  });

  it("hands over an unfinished line when its stream ends", () => {
    const { outlet, sent, endTurn } = createOutlet();
    const sink = outlet.openSink("service", "stdout");
    sink.write(Buffer.from("last words"));
    sink.end();
    endTurn();
    assert.deepEqual(sent[0]?.lines[0]?.line, "last words");
  });

  for (const text of ["a line of a flood\n", "\n", "no end of line "]) {
    it(`takes no more than a window of ${JSON.stringify(text)} until it is handled`, () => {
      const { outlet, sent, endTurn } = createOutlet();
      const sink = outlet.openSink("service", "stdout");
      const written = flood(sink, text);
      endTurn();
      const bytes = sent.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.ok(bytes >= LOG_WINDOW && bytes < 4 * LOG_WINDOW, `${bytes} bytes`);
      let writable = false;
      sink.whenWritable.add(() => (writable = true));
      outlet.addCredit(1);
      assert.equal(sink.capacity, 0);
      outlet.addCredit(bytes - 1);
      assert.ok(writable);
      assert.ok(sink.capacity > 0);
      assert.ok(written > 0);
    });
  }
});

function createOutlet(): {
  outlet: LogOutlet;
  sent: { lines: readonly LogLine[]; bytes: number }[];
  endTurn: () => void;
} {
  const sent: { lines: readonly LogLine[]; bytes: number }[] = [];
  const due: (() => void)[] = [];
  const outlet = new LogOutlet(
    (lines, bytes) => sent.push({ lines, bytes }),
    (flush) => due.push(flush),
  );
  return { outlet, sent, endTurn: () => due.splice(0).forEach((flush) => flush()) };
}

/** Writes `text` again and again for as long as there is room; returns how many bytes that were. */
function flood(sink: ByteSink, text: string): number {
  const bytes = Buffer.from(text.repeat(Math.ceil(4096 / text.length)));
  let written = 0;
  while (sink.capacity > 0) {
    const count = Math.min(sink.capacity, bytes.length);
    sink.write(bytes.subarray(0, count));
    written += count;
    assert.ok(written < 10_000_000, "nothing ever stops the flood");
  }
  return written;
}
