import assert from "node:assert/strict";
import { MessageChannel } from "node:worker_threads";
import { describe, it } from "mocha";
import { CellEnd } from "../../../host/bridge/cell-end.ts";
import { MainEnd } from "../../../host/bridge/main-end.ts";
import { until } from "./support.ts";

describe("Ports that a cell tells of", () => {
  it("are open until they are given up at each of their addresses", async () => {
    using ends = new Ends();
    const { cell, main } = ends;
    cell.sendPort("udp", 53, true);
    cell.sendPort("udp", 53, true);
    cell.sendPort("tcp", 53, true);
    await ends.told();
    cell.sendPort("udp", 53, false);
    await ends.told();
    assert.equal(main.wayIn.isListening("udp", 53), true);
    cell.sendPort("udp", 53, false);
    await ends.told();
    assert.equal(main.wayIn.isListening("udp", 53), false);
    assert.equal(main.wayIn.isListening("tcp", 53), true);
  });

  it("are left out where they come to nothing within a turn", async () => {
    using ends = new Ends();
    for (let count = 0; count < 10_000; count += 1) {
      ends.cell.sendPort("udp", 53, true);
      ends.cell.sendPort("udp", 53, false);
    }
    ends.cell.sendPort("udp", 54, true);
    await ends.told();
    assert.equal(ends.changes, 1);
    assert.equal(ends.main.wayIn.isListening("udp", 54), true);
  });

  it("come before a report that follows", async () => {
    using ends = new Ends();
    ends.cell.sendPort("tcp", 80, true);
    ends.cell.send({ tag: "service-started", run: 1 });
    ends.cell.sendPort("tcp", 80, false);
    ends.cell.send({ tag: "service-exit", run: 1, outcome: { tag: "completed" } });
    await ends.told();
    assert.deepEqual(ends.reports, ["service-started true", "service-exit false"]);
  });

  it("are told of when the cell ends in that turn", async () => {
    using ends = new Ends();
    ends.cell.sendPort("tcp", 80, true);
    ends.cell[Symbol.dispose]();
    await until(() => ends.changes > 0);
  });
});

/** Both ends of a bridge. */
class Ends implements Disposable {
  readonly main: MainEnd;
  readonly cell: CellEnd;
  /** The reports that came, each with whether TCP port 80 was in use then. */
  readonly reports: string[] = [];
  changes = 0;
  #isTold = false;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.main = new MainEnd(port1, {
      report: ({ tag }) => {
        if (tag === "ready") this.#isTold = true;
        else this.reports.push(`${tag} ${this.main.wayIn.isListening("tcp", 80)}`);
      },
      ended: () => {},
    });
    this.cell = new CellEnd(port2, {
      command: () => {},
      handleHttp: () => Promise.reject(new Error("There is no component")),
      ended: () => {},
    });
    const { whenChanged } = this.main.wayIn;
    const count = (): void => {
      this.changes += 1;
      whenChanged.add(count);
    };
    whenChanged.add(count);
  }

  /** Waits until the main thread has heard all that was said. */
  async told(): Promise<void> {
    this.#isTold = false;
    await new Promise(setImmediate);
    this.cell.send({ tag: "ready" });
    await until(() => this.#isTold);
  }

  [Symbol.dispose](): void {
    this.main[Symbol.dispose]();
    this.cell[Symbol.dispose]();
  }
}
