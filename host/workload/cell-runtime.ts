import { CellEnd } from "../bridge/cell-end.ts";
import { CallError } from "../bridge/error.ts";
import type { LinkPort } from "../bridge/link.ts";
import type { CellCommand, CellReport } from "../bridge/main-end.ts";
import type { Component } from "../engine/component.ts";
import { createFlag } from "../engine/interrupt.ts";
import { NO_QUOTA } from "../network/quota.ts";
import { SharedQuota } from "../network/shared-quota.ts";
import { VirtualNetwork } from "../network/virtual/virtual-network.ts";
import { Turn } from "../wasi/io/turn.ts";
import { CacheReporter } from "./cache-reporter.ts";
import { CellEgress } from "./cell-egress.ts";
import { canListen, type CellStart } from "./cell-start.ts";
import { DecisionOutlet } from "./decision-outlet.ts";
import type { CellContext } from "./guest-instance.ts";
import { CellInterrupts } from "./guest-interrupt.ts";
import { HttpRunner } from "./http-runner.ts";
import { LogOutlet } from "./log-outlet.ts";
import { ServiceAddresses } from "./service-addresses.ts";
import { ServiceRunner } from "./service-runner.ts";

/**
 * Makes this thread the cell that `start` describes, under the command of the other end of `port`.
 * Whoever raises `flag` has guests that run for long let the others go on.
 */
export function runCell(
  port: LinkPort,
  start: CellStart,
  flag: WebAssembly.Memory = createFlag(),
): CellRuntime {
  return new CellRuntime(port, start, flag);
}

/**
 * Everything in a cell's thread: the workload's network, its service and the pool of its component.
 * It does what the main thread says until it is told to stop or the main thread is gone; then nothing is left
 * that would keep the thread alive.
 */
class CellRuntime {
  readonly #end: CellEnd;
  readonly #network: VirtualNetwork;
  readonly #egress: CellEgress;
  readonly #decisions: DecisionOutlet;
  readonly #logs: LogOutlet;
  readonly #caches: CacheReporter;
  readonly #service: ServiceRunner | undefined;
  readonly #http: HttpRunner | undefined;
  readonly #start: CellStart;
  /** While the service starts, connects to it wait. */
  #expectation: Disposable | undefined;
  readonly #addresses: ServiceAddresses;

  constructor(port: LinkPort, start: CellStart, flag: WebAssembly.Memory) {
    this.#start = start;
    const quota = start.quota === undefined ? NO_QUOTA : new SharedQuota(start.quota);
    this.#network = new VirtualNetwork({
      quota,
      onPort: (protocol, { port }, open) => this.#end.sendPort(protocol, port, open),
    });
    this.#end = new CellEnd(port, {
      command: (command) => this.#onCommand(command),
      network: this.#network,
      quota,
      handleHttp: async (request, call) => {
        if (this.#http === undefined) {
          throw new CallError("guest-failed", call.target, "The workload has no such component");
        }
        return await this.#http.handle(request, call);
      },
      ended: () => this.#dispose(),
    });
    this.#addresses = new ServiceAddresses(this.#end);
    this.#logs = new LogOutlet(
      (lines, bytes) => this.#end.send({ tag: "log", lines, bytes }),
      (flush) => this.#end.beforeFlush(flush),
    );
    this.#caches = new CacheReporter((digest, data) => {
      this.#end.send({ tag: "cached-data", digest, data });
    });
    this.#decisions = new DecisionOutlet((decisions) => {
      this.#end.send({ tag: "decisions", decisions });
    });
    this.#egress = new CellEgress({
      resolver: start.resolver,
      ca: start.ca,
      virtual: this.#network,
      quota,
      onDecision: (entry) => this.#decisions.add(entry),
    });
    const context: CellContext = {
      network: this.#network,
      egress: this.#egress,
      quota,
      turn: new Turn(),
      interrupts: new CellInterrupts(flag, start.hang),
      logs: this.#logs,
    };
    const onUse = (component: Component): void => this.#caches.offer(component);
    this.#http = start.http && new HttpRunner(start.http, context, onUse);
    this.#service =
      start.service &&
      new ServiceRunner(start.service, context, (report) => this.#onServiceReport(report), onUse);
    // Without a service, ready means ready to answer; with one, the service comes first.
    if (this.#service === undefined) this.#http?.preload();
    this.#end.send({ tag: "ready" });
  }

  #onCommand(command: CellCommand): void {
    switch (command.tag) {
      case "service-start":
        this.#expectService();
        void this.#service?.run(command.run);
        // After the service has begun, so that it does not wait for another guest's glue.
        setImmediate(() => this.#http?.preload());
        break;
      case "log-credit":
        this.#logs.addCredit(command.bytes);
        break;
      case "own-ports":
        this.#egress.machine.setOwnPorts(command.ports);
        break;
      case "stop":
        this.#dispose();
        this.#addresses.tell();
        this.#end.send({ tag: "stopped" });
        this.#end[Symbol.dispose]();
        break;
    }
  }

  /** From the start of a service to its first listener, or to its end, whoever connects to it waits. */
  #expectService(): void {
    this.#expectation?.[Symbol.dispose]();
    const { service } = this.#start;
    this.#expectation =
      service !== undefined && canListen(this.#start)
        ? this.#network.expectListener(service.readiness)
        : undefined;
  }

  #onServiceReport(report: CellReport): void {
    if (report.tag === "service-listening" || report.tag === "service-exit") {
      this.#expectation?.[Symbol.dispose]();
      this.#expectation = undefined;
    }
    if (report.tag === "service-listening" || report.tag === "service-closed") {
      this.#addresses.add(report);
      return;
    }
    this.#addresses.tell();
    this.#end.send(report);
  }

  #dispose(): void {
    this.#expectation?.[Symbol.dispose]();
    this.#caches[Symbol.dispose]();
    this.#service?.[Symbol.dispose]();
    this.#http?.[Symbol.dispose]();
    this.#egress[Symbol.dispose]();
    this.#network[Symbol.dispose]();
    this.#decisions[Symbol.dispose]();
  }
}
