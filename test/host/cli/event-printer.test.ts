import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { EventPrinter } from "../../../host/cli/event-printer.ts";
import type { HostEvent } from "../../../host/host-event.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

const workload = "default/one";
const EVIL = "\u001b[2Jgone\nnext";
const TOLD = "\\x1b[2Jgone\\x0anext";

describe("EventPrinter", () => {
  const events: readonly (readonly [HostEvent, string])[] = [
    [
      { tag: "log", workload, guest: "web", stream: "stdout", line: EVIL },
      `${workload} web | ${TOLD}`,
    ],
    [
      { tag: "state", workload, state: { tag: "error", reason: EVIL } },
      `${workload} error: ${TOLD}`,
    ],
    [
      { tag: "applied", workload, id: "x", outcome: "kept", generation: 2, reason: EVIL },
      `${workload} kept: version 2 (${TOLD})`,
    ],
    [{ tag: "warning", message: EVIL }, "warning: \\x1b[2Jgone\nnext"],
  ];
  for (const [event, line] of events) {
    it(`prints nothing that steers terminals of ${event.tag}`, () => {
      assert.deepEqual(print(event), [line]);
    });
  }

  it("tells of addresses that are offered only where it is to tell all", () => {
    const addresses = ["127.0.0.1:80", "[::1]:80"];
    const opened: HostEvent = { tag: "forward", workload, id: "x", addresses, open: true };
    assert.deepEqual(print(opened), []);
    assert.deepEqual(print(opened, true), [`${workload} is offered at 127.0.0.1:80 [::1]:80`]);
    assert.deepEqual(print({ ...opened, open: false }, true), [
      `${workload} is offered no more at 127.0.0.1:80 [::1]:80`,
    ]);
  });
});

/** What is said of an event. */
function print(event: HostEvent, verbose = false): string[] {
  const terminal = new MemoryTerminal();
  new EventPrinter(terminal, verbose, []).print(event);
  return terminal.errors;
}
