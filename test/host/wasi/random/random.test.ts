import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import {
  insecure,
  insecureSeed,
  random,
  RANDOM_BYTES_MAX,
} from "../../../../host/wasi/random/random.ts";

describe("random", () => {
  for (const [name, getBytes] of [
    ["get-random-bytes", (len: bigint) => random.getRandomBytes(len)],
    ["get-insecure-random-bytes", (len: bigint) => insecure.getInsecureRandomBytes(len)],
  ] as const) {
    it(`${name} returns exactly as many bytes as asked for, different ones each time`, () => {
      for (const length of [0n, 1n, 16n, 65_537n]) {
        assert.equal(getBytes(length).length, Number(length));
      }
      assert.notDeepEqual(getBytes(16n), getBytes(16n));
    });

    it(`${name} traps rather than fill the host's memory`, () => {
      assert.equal(getBytes(RANDOM_BYTES_MAX).length, Number(RANDOM_BYTES_MAX));
      for (const length of [RANDOM_BYTES_MAX + 1n, 2n ** 32n, 2n ** 64n - 1n]) {
        assert.throws(() => getBytes(length), RangeError);
      }
    });
  }

  it("returns 64-bit integers, different ones each time", () => {
    for (const next of [() => random.getRandomU64(), () => insecure.getInsecureRandomU64()]) {
      const [first, second] = [next(), next()];
      assert.notEqual(first, second);
      for (const value of [first, second]) assert.equal(BigInt.asUintN(64, value), value);
    }
  });

  it("seeds each guest differently", () => {
    assert.notDeepEqual(insecureSeed.insecureSeed(), insecureSeed.insecureSeed());
    assert.equal(insecureSeed.insecureSeed().length, 2);
  });

  it("starts no thread, as other parts of preview2-shim do when they are imported", async () => {
    const program = `
      import { subscribe } from "node:diagnostics_channel";
      let workers = 0;
      subscribe("worker_threads", () => { workers += 1; });
      await import(${JSON.stringify(new URL("../../../../host/wasi/random/random.ts", import.meta.url).href)});
      console.log(workers);`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "-e",
      program,
    ]);
    assert.equal(stdout.trim(), "0");
  });
});
