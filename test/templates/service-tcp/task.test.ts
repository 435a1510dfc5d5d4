import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { HttpError } from "../../../templates/service-tcp/src/lib/http-error.ts";
import { parseTask } from "../../../templates/service-tcp/src/task.ts";

const MAX_LINE = 9;

describe("parseTask", () => {
  const accepted: readonly [string, readonly string[]][] = [
    ["Hello", ["Hello"]],
    ["", [""]],
    ["a\nb", ["a", "b"]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["a\n\n", ["a", ""]],
    ["\n", [""]],
    ["€€€", ["€€€"]],
  ];
  for (const [payload, lines] of accepted) {
    it(`takes the payload ${JSON.stringify(payload)} as ${lines.length} line(s)`, () => {
      assert.deepEqual(parseTask(JSON.stringify({ payload }), MAX_LINE), lines);
    });
  }

  const refused: readonly [string, string, number][] = [
    ["nothing", "", 400],
    ["what is not JSON", "payload=Hello", 400],
    ["JSON that is cut off", '{"payload":"He', 400],
    ["null", "null", 400],
    ["a list", '["payload"]', 400],
    ["no payload", "{}", 400],
    ["a payload that is no text", '{"payload":1}', 400],
    ["a line that is too long", '{"payload":"a\\n1234567890"}', 413],
    ["a line that is too long in UTF-8 only", '{"payload":"€€€€"}', 413],
  ];
  for (const [title, body, status] of refused) {
    it(`refuses ${title} with ${status}`, () => {
      assert.throws(
        () => parseTask(body, MAX_LINE),
        (error) => error instanceof HttpError && error.status === status,
      );
    });
  }
});
