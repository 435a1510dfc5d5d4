import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { WaitList } from "../../../host/network/wait-list.ts";
import {
  FIRST_LISTENER,
  LISTEN_GRACE,
  PROBE_PAUSE,
  Readiness,
  type ReadinessRule,
} from "../../../host/workload/readiness.ts";
import { FakeClock } from "./fake-clock.ts";

const WEB = { protocol: "tcp", port: 80 } as const;
const DNS = { protocol: "udp", port: 53 } as const;

describe("Readiness", () => {
  it("comes with the start of a service that cannot listen", () => {
    const test = new Waiting({}, { canListen: false });
    test.readiness.started();
    assert.deepEqual(test.told, ["ready: Its service has started"]);
  });

  it("comes a while after the start of one that could listen and does not, or with its listener", () => {
    const silent = new Waiting({});
    silent.readiness.started();
    silent.clock.advance(LISTEN_GRACE - 1);
    assert.deepEqual(silent.told, []);
    silent.clock.advance(1);
    assert.deepEqual(silent.told, ["ready: Its service has started"]);
    const listening = new Waiting({});
    listening.readiness.started();
    listening.readiness.listening("[::1]:7");
    assert.deepEqual(listening.told, ["ready: Its service listens on [::1]:7"]);
    assert.equal(listening.clock.size, 0);
  });

  it("is told once", () => {
    const test = new Waiting({});
    test.readiness.started();
    test.readiness.listening("127.0.0.1:7");
    test.readiness.listening("127.0.0.1:8");
    test.clock.advance(60_000);
    assert.equal(test.told.length, 1);
  });

  it("waits for a listener where ports are declared, and fails without one", () => {
    const test = new Waiting({ ports: [WEB], timeout: 5_000 });
    test.readiness.started();
    test.clock.advance(4_999);
    assert.deepEqual(test.told, []);
    test.clock.advance(1);
    assert.deepEqual(test.told, ["late: its service has no port after 5 s (readiness.timeout)"]);
    test.readiness.listening("127.0.0.1:80");
    assert.equal(test.told.length, 1);
  });

  it("comes with the named port only", () => {
    const test = new Waiting({ ports: [WEB], isAnyPort: false });
    test.readiness.started();
    for (const address of ["127.0.0.1:8080", "127.0.0.1:8", "[::1]:180"]) {
      test.readiness.listening(address);
      assert.deepEqual(test.told, []);
    }
    test.readiness.listening("[::]:80");
    assert.deepEqual(test.told, ["ready: Its service listens on [::]:80"]);
  });

  it("names the port that it lacks", () => {
    const test = new Waiting({ ports: [DNS], isAnyPort: false, timeout: 100 });
    test.readiness.started();
    test.readiness.listening("127.0.0.1:53");
    test.clock.advance(100);
    assert.deepEqual(test.told, [
      "late: its service does not have UDP port 53 after 100 ms (readiness.timeout)",
    ]);
  });

  it("sees a UDP port whenever it is bound", () => {
    const test = new Waiting({ ports: [WEB, DNS] });
    let isBound = false;
    const whenChanged = new WaitList();
    test.readiness.started();
    test.readiness.watch({ isListening: (protocol) => protocol === "udp" && isBound, whenChanged });
    whenChanged.notify();
    assert.deepEqual(test.told, []);
    isBound = true;
    whenChanged.notify();
    assert.deepEqual(test.told, ["ready: Its service has UDP port 53"]);
  });

  it("asks a component again and again until it answers", async () => {
    const test = new Waiting({ path: "/up" });
    test.answers = [false, false, true];
    test.readiness.started();
    await test.settle();
    for (let time = 0; time < 2; time += 1) {
      assert.deepEqual(test.told, []);
      test.clock.advance(PROBE_PAUSE);
      await test.settle();
    }
    assert.deepEqual(test.told, ["ready: It answers /up"]);
    assert.equal(test.clock.size, 0);
  });

  it("asks only once there is a port, where one is declared", async () => {
    const test = new Waiting({ path: "/up", ports: [WEB] });
    test.answers = [true];
    test.readiness.started();
    await test.settle();
    assert.deepEqual(test.told, []);
    test.readiness.listening("127.0.0.1:80");
    await test.settle();
    assert.deepEqual(test.told, ["ready: It answers /up"]);
  });

  it("fails where no answer comes, and takes none that is late", async () => {
    const test = new Waiting({ path: "/up", timeout: 1_000 });
    const answer = Promise.withResolvers<boolean>();
    test.probe = () => answer.promise;
    test.readiness.started();
    test.clock.advance(1_000);
    answer.resolve(true);
    await test.settle();
    assert.deepEqual(test.told, [
      "late: its service does not answer /up after 1 s (readiness.timeout)",
    ]);
  });

  it("looks for its UDP ports once a change, and leaves nothing behind", () => {
    const test = new Waiting({ path: "/up", ports: [DNS, { protocol: "udp", port: 54 }] });
    const whenChanged = new WaitList();
    let looks = 0;
    test.readiness.watch({ isListening: () => (looks++, false), whenChanged });
    for (let time = 0; time < 10; time += 1) whenChanged.notify();
    assert.equal(looks, 2 * 11);
    test.readiness[Symbol.dispose]();
    assert.ok(whenChanged.isEmpty);
  });

  it("tells nothing once it is disposed", () => {
    const test = new Waiting({ ports: [WEB] });
    test.readiness.started();
    test.readiness[Symbol.dispose]();
    test.readiness.listening("127.0.0.1:80");
    test.clock.advance(60_000);
    assert.deepEqual(test.told, []);
    assert.equal(test.clock.size, 0);
  });
});

/** One that waits on a clock that the test moves. */
class Waiting {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly readiness: Readiness;
  answers: boolean[] = [];
  probe = async (): Promise<boolean> => this.answers.shift() ?? false;

  constructor(rule: Partial<ReadinessRule>, { canListen = true } = {}) {
    this.readiness = new Readiness({
      rule: { ...FIRST_LISTENER, timeout: 10_000, ...rule },
      canListen,
      clock: this.clock,
      probe: () => this.probe(),
      onReady: (reason) => this.told.push(`ready: ${reason}`),
      onTimeout: (reason) => this.told.push(`late: ${reason}`),
    });
  }

  /** Lets what was promised come true. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
