import assert from "node:assert/strict";
import { array, assert as check, asyncProperty, oneof, property } from "fast-check";
import { describe, it } from "mocha";
import { RealNetwork } from "../../../host/network/real/real-network.ts";
import { VirtualNetwork } from "../../../host/network/virtual/virtual-network.ts";
import { TCP_PRELUDE, TcpProgram, type TcpStep, tcpSteps } from "../../contract/network/random.ts";
import { eventually } from "../../contract/network/support.ts";
import { UdpModel } from "../../contract/udp/model.ts";
import { UDP_PRELUDE, UdpProgram, type UdpStep, udpSteps } from "../../contract/udp/random.ts";
import { RecordingQuota } from "./support.ts";

const LONG = { maxLength: 50, size: "max" } as const;

describe("a program's calls, whatever they are", () => {
  it("have the same results for TCP on the virtual network and on the real one", async () => {
    await check(
      asyncProperty(array(tcpSteps, LONG), async (steps) => {
        using virtual = new VirtualNetwork();
        using real = new RealNetwork();
        const [expected, actual] = [new TcpProgram(virtual), new TcpProgram(real)];
        for (const [index, step] of [...TCP_PRELUDE, ...steps].entries()) {
          const outcome = await expected.run(step);
          assert.equal(await actual.run(step), outcome, `step ${index}: ${show(step)}`);
          await settle(actual, expected.view, `step ${index}: ${show(step)}`);
          assert.equal(real.listeners, virtual.listeners);
        }
      }),
      { numRuns: 200 },
    );
  }).timeout(60_000);

  it("have the results of a model for UDP on the virtual network", () => {
    check(
      property(array(udpSteps, LONG), (steps) => {
        using network = new VirtualNetwork();
        const [expected, actual] = [new UdpModel(), new UdpProgram(network)];
        for (const [index, step] of [...UDP_PRELUDE, ...steps].entries()) {
          assert.equal(actual.run(step), expected.run(step), `step ${index}: ${show(step)}`);
          assert.equal(actual.view, expected.view, `step ${index}: ${show(step)}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("have the results of a model for UDP on the real network", async () => {
    await check(
      asyncProperty(array(udpSteps, LONG), async (steps) => {
        using network = new RealNetwork();
        const [expected, actual] = [new UdpModel(), new UdpProgram(network)];
        for (const [index, step] of [...UDP_PRELUDE, ...steps].entries()) {
          assert.equal(actual.run(step), expected.run(step), `step ${index}: ${show(step)}`);
          await settle(actual, expected.view, `step ${index}: ${show(step)}`);
        }
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  it("are counted exactly by the quota, which they never exceed, on the virtual network", async () => {
    await check(
      asyncProperty(array(oneof(tcpSteps, udpSteps), LONG), async (steps) => {
        const quota = new RecordingQuota(LIMITS);
        using network = new VirtualNetwork({ quota });
        const { run } = together(network);
        for (const step of [...TCP_PRELUDE, ...UDP_PRELUDE, ...steps]) {
          await run(step);
          checkLimits(quota);
          assert.deepEqual(countsOf(quota), {
            socket: network.reservations + network.udpSockets,
            listener: network.listeners,
            connection: network.connections,
          });
        }
        network[Symbol.dispose]();
        assert.deepEqual(quota.usage, {});
      }),
      { numRuns: 300 },
    );
  }).timeout(60_000);

  it("are counted exactly by the quota, which they never exceed, on the real network", async () => {
    await check(
      asyncProperty(array(oneof(tcpSteps, udpSteps), LONG), async (steps) => {
        const quota = new RecordingQuota(LIMITS);
        using network = new RealNetwork({ quota });
        const { tcp, run } = together(network);
        for (const step of [...TCP_PRELUDE, ...UDP_PRELUDE, ...steps]) {
          await run(step);
          checkLimits(quota);
        }
        tcp.hangUp();
        network[Symbol.dispose]();
        await eventually(() => Object.keys(quota.usage).length === 0);
      }),
      { numRuns: 50 },
    );
  }).timeout(60_000);
});

const LIMITS = { socket: 7, listener: 2, connection: 6, page: 20 };

/** A program that uses TCP and UDP. */
interface Program {
  readonly tcp: TcpProgram;
  readonly run: (step: TcpStep | UdpStep) => string | Promise<string>;
}

function together(network: VirtualNetwork | RealNetwork): Program {
  const [tcp, udp] = [new TcpProgram(network), new UdpProgram(network)];
  return { tcp, run: (step) => ("socket" in step ? udp.run(step) : tcp.run(step)) };
}

function countsOf(quota: RecordingQuota): object {
  const [socket, listener, connection] = [
    quota.used("socket"),
    quota.used("listener"),
    quota.used("connection"),
  ];
  return { socket, listener, connection };
}

function checkLimits(quota: RecordingQuota): void {
  for (const kind of ["socket", "listener", "connection"] as const) {
    assert.ok(quota.used(kind) <= LIMITS[kind], `too many of ${kind}`);
  }
  // Each direction of a connection and each UDP socket has one page in any case.
  const small = LIMITS.socket + 2 * LIMITS.connection;
  assert.ok(quota.used("page") <= LIMITS.page + small, "too many pages");
}

/** The real network needs a moment until what was sent arrived. */
async function settle(
  program: { readonly view: string },
  view: string,
  step: string,
): Promise<void> {
  const deadline = performance.now() + 1000;
  // What has not been seen yet may be on its way all the same, such as an end behind bytes that nobody read.
  for (let count = 0; count < 5; count += 1) await new Promise(setImmediate);
  await eventually(() => program.view === view || performance.now() > deadline);
  assert.equal(program.view, view, step);
}

function show(step: TcpStep | UdpStep): string {
  return JSON.stringify(step);
}
