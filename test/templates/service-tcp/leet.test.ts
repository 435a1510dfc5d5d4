import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { toLeet } from "../../../templates/service-tcp/src/leet.ts";

describe("toLeet", () => {
  const cases: readonly [string, string][] = [
    ["Hello World", "H3110 W0r1d"],
    ["aeilost", "4311057"],
    ["AEILOST", "4311057"],
    ["bcdfghjkmnpqruvwxyz", "bcdfghjkmnpqruvwxyz"],
    ["", ""],
    ["héllo ſ K 😀", "hé110 ſ K 😀"],
    ["a\r\te\n", "4\r\t3\n"],
  ];
  for (const [text, leet] of cases) {
    it(`makes ${JSON.stringify(leet)} of ${JSON.stringify(text)}`, () => {
      assert.equal(toLeet(text), leet);
    });
  }
});
