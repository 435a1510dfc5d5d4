import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { EventLog } from "../../../host/api/event-log.ts";
import { FakeHost } from "./fake-host.ts";

describe("EventLog", () => {
  it("gives what is behind an event, and all where the event is another host's", () => {
    const host = new FakeHost();
    using log = new EventLog(host);
    emit(host, "a", "b", "c");
    assert.deepEqual(read(log), ["a", "b", "c"]);
    assert.deepEqual(read(log, `${host.id}.0`), ["b", "c"]);
    assert.deepEqual(read(log, `${host.id}.2`), []);
    assert.deepEqual(read(log, `${host.id}.99`), []);
    for (const id of ["other.1", "", ".", `${host.id}.x`, `${host.id}.1e99`, "1"]) {
      assert.deepEqual(read(log, id), ["a", "b", "c"], id);
    }
  });

  it("forgets the oldest, and says how many a client missed", () => {
    const host = new FakeHost();
    using log = new EventLog(host, 2);
    emit(host, "a", "b", "c", "d");
    assert.deepEqual(read(log), ["c", "d"]);
    assert.deepEqual(read(log, `${host.id}.0`), [{ missed: 1 }, "c", "d"]);
    assert.deepEqual(read(log, `${host.id}.1`), ["c", "d"]);
    assert.deepEqual(read(log, `${host.id}.2`), ["d"]);
  });

  it("leaves lines of logs out", () => {
    const host = new FakeHost();
    using log = new EventLog(host);
    const line = {
      tag: "log",
      workload: "a/b",
      guest: "service",
      stream: "stdout",
      line: "",
    } as const;
    host.emit(line);
    assert.deepEqual(read(log), []);
  });

  it("lets go of the host", () => {
    const host = new FakeHost();
    new EventLog(host)[Symbol.dispose]();
    assert.equal(host.subscribers, 0);
  });
});

function emit(host: FakeHost, ...messages: readonly string[]): void {
  for (const message of messages) host.emit({ tag: "warning", message });
}

function read(log: EventLog, lastId?: string): unknown[] {
  return [...log.after(lastId)].map(({ event, data }) =>
    event === "gap" ? data : Object.entries(data ?? {}).find(([name]) => name === "message")?.[1],
  );
}
