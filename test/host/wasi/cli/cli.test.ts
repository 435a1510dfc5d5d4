import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createEnvironment } from "../../../../host/wasi/cli/environment.ts";
import { exit, ExitError } from "../../../../host/wasi/cli/exit.ts";
import { LineSink } from "../../../../host/wasi/cli/line-sink.ts";
import { createStandardStreams } from "../../../../host/wasi/cli/standard-streams.ts";
import { createGuest, EmptySource } from "../support.ts";

describe("environment", () => {
  it("is what the author wrote and nothing of the host's", () => {
    using guest = createGuest({
      environment: [
        ["GREETING", "hi"],
        ["EMPTY", ""],
      ],
      args: ["serve", "--fast"],
    });
    const environment = createEnvironment(guest);
    assert.deepEqual(environment.getEnvironment(), [
      ["GREETING", "hi"],
      ["EMPTY", ""],
    ]);
    assert.deepEqual(environment.getArguments(), ["serve", "--fast"]);
    assert.equal(environment.initialCwd(), undefined);
  });
});

describe("exit", () => {
  const cases = [
    ["exit(ok)", () => exit.exit({ tag: "ok" }), 0],
    ["exit(err)", () => exit.exit({ tag: "err" }), 1],
    ["exit-with-code(0)", () => exit.exitWithCode(0), 0],
    ["exit-with-code(255)", () => exit.exitWithCode(255), 255],
  ] as const;
  for (const [name, act, status] of cases) {
    it(`${name} ends the guest with status ${status}`, () => {
      assert.throws(act, (error) => error instanceof ExitError && error.status === status);
    });
  }

  it("is no answer that a guest could catch", () => {
    assert.equal(Object.hasOwn(new ExitError(1), "payload"), false);
  });
});

describe("standard streams", () => {
  it("are fresh at each call, and dropping one leaves the others working", () => {
    const lines: string[] = [];
    const stdout = new LineSink((line) => lines.push(line));
    using guest = createGuest({ stdout });
    const streams = createStandardStreams(guest);
    for (const word of ["one", "two"]) {
      const stream = streams.stdout.getStdout();
      stream.checkWrite();
      stream.write(Buffer.from(`${word}\n`));
      stream[Symbol.dispose]();
    }
    assert.notEqual(streams.stdout.getStdout(), streams.stdout.getStdout());
    assert.deepEqual(lines, ["one", "two"]);
    assert.equal(stdout.closed, false);
  });

  it("join a line that two of them wrote", () => {
    const lines: string[] = [];
    using guest = createGuest({ stderr: new LineSink((line) => lines.push(line)) });
    const { stderr } = createStandardStreams(guest);
    for (const text of ["half a line, ", "and the other half\n"]) {
      using stream = stderr.getStderr();
      stream.checkWrite();
      stream.write(Buffer.from(text));
    }
    assert.deepEqual(lines, ["half a line, and the other half"]);
  });

  it("have an input that is at its end, and is not cancelled by dropping it", () => {
    const stdin = new EmptySource();
    using guest = createGuest({ stdin });
    const streams = createStandardStreams(guest);
    const input = streams.stdin.getStdin();
    assert.throws(() => input.read(1n), { payload: { tag: "closed" } });
    assert.equal(input.subscribe().ready(), true);
    input[Symbol.dispose]();
    assert.equal(stdin.cancelled, 0);
  });

  it("do not end with their guest: the sinks belong to who made them", () => {
    const stdout = new LineSink(() => {});
    const guest = createGuest({ stdout });
    createStandardStreams(guest).stdout.getStdout();
    guest[Symbol.dispose]();
    assert.equal(stdout.closed, false);
  });
});
