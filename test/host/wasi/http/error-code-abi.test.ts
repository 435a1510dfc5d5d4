import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GuestMemory } from "../../../../host/wasi/cabi.ts";
import {
  type FlatPayload,
  liftErrorCode,
  lowerErrorCode,
} from "../../../../host/wasi/http/error-code-abi.ts";
import type { HttpErrorCode } from "../../../../host/wasi/http/error-code.ts";
import { TestMemory } from "../core-function.ts";

/** Where a case's payload lies in memory decides what is flat in which order; both are read back here. */
const CASES: readonly {
  readonly code: HttpErrorCode;
  readonly index: number;
  readonly flat: (text: [number, number]) => FlatPayload;
  /** Byte offsets in the variant and what is there. */
  readonly bytes: Readonly<Record<number, number>>;
  /** Where the pointer and length of "why" are. */
  readonly text?: number;
}[] = [
  { code: { tag: "DNS-timeout" }, index: 0, flat: () => [0, 0n, 0, 0, 0, 0], bytes: {} },
  {
    code: { tag: "DNS-error", val: { rcode: "why", infoCode: 513 } },
    index: 1,
    flat: ([pointer, length]) => [1, BigInt(pointer), length, 1, 513, 0],
    bytes: { 8: 1, 20: 1, 22: 1, 23: 2 },
    text: 12,
  },
  {
    code: { tag: "TLS-alert-received", val: { alertId: 42, alertMessage: "why" } },
    index: 14,
    flat: ([pointer, length]) => [1, 42n, 1, pointer, length, 0],
    bytes: { 8: 1, 9: 42, 12: 1 },
    text: 16,
  },
  {
    code: { tag: "HTTP-request-body-size", val: 2n ** 63n + 5n },
    index: 17,
    flat: () => [1, BigInt.asIntN(64, 2n ** 63n + 5n), 0, 0, 0, 0],
    bytes: { 8: 1, 16: 5, 23: 128 },
  },
  {
    code: { tag: "HTTP-request-header-section-size", val: 258 },
    index: 21,
    flat: () => [1, 258n, 0, 0, 0, 0],
    bytes: { 8: 1, 12: 2, 13: 1 },
  },
  {
    code: { tag: "HTTP-request-header-size", val: { fieldName: "why", fieldSize: 7 } },
    index: 22,
    flat: ([pointer, length]) => [1, 1n, pointer, length, 1, 7],
    bytes: { 8: 1, 12: 1, 24: 1, 28: 7 },
    text: 16,
  },
  {
    code: { tag: "HTTP-request-header-size", val: undefined },
    index: 22,
    flat: () => [0, 0n, 0, 0, 0, 0],
    bytes: { 8: 0 },
  },
  {
    code: { tag: "HTTP-response-trailer-size", val: { fieldName: "why", fieldSize: 7 } },
    index: 30,
    flat: ([pointer, length]) => [1, BigInt(pointer), length, 1, 7, 0],
    bytes: { 8: 1, 20: 1, 24: 7 },
    text: 12,
  },
  {
    code: { tag: "internal-error", val: "why" },
    index: 38,
    flat: ([pointer, length]) => [1, BigInt(pointer), length, 0, 0, 0],
    bytes: { 8: 1 },
    text: 12,
  },
  {
    code: { tag: "internal-error", val: undefined },
    index: 38,
    flat: () => [0, 0n, 0, 0, 0, 0],
    bytes: { 8: 0 },
  },
];

describe("error-code", () => {
  for (const { code, index, flat, bytes, text } of CASES) {
    const payload = "val" in code && code.val !== undefined ? "a payload" : "nothing";
    it(`${code.tag} with ${payload} is written as the canonical ABI has it`, () => {
      const test = new TestMemory();
      lowerErrorCode(new GuestMemory(test), code, 64);
      assert.equal(test.view.getUint8(64), index);
      for (const [offset, byte] of Object.entries(bytes)) {
        assert.equal(test.view.getUint8(64 + Number(offset)), byte, `byte ${offset}`);
      }
      if (text !== undefined) assert.equal(test.textAt(64 + text), "why");
    });

    it(`${code.tag} with ${payload} is read from flat parameters`, () => {
      const test = new TestMemory();
      const lifted = liftErrorCode(new GuestMemory(test), index, flat(test.put("why")));
      assert.deepEqual(lifted, code);
    });
  }

  it("traps a case that does not exist, and text outside the memory", () => {
    const memory = new GuestMemory(new TestMemory());
    assert.throws(() => liftErrorCode(memory, 39, [0, 0n, 0, 0, 0, 0]), RangeError);
    assert.throws(() => liftErrorCode(memory, -1, [0, 0n, 0, 0, 0, 0]), RangeError);
    assert.throws(() => liftErrorCode(memory, 38, [1, 65_536n, 1, 0, 0, 0]), RangeError);
  });
});
