import { cutMessage } from "../../policy/cut-text.ts";
import type { CellReport } from "../bridge/main-end.ts";
import type { ServiceOutcome } from "../bridge/message-to-main.ts";
import { Component } from "../engine/component.ts";
import { ExitError } from "../wasi/cli/exit.ts";
import type { ServiceStart } from "./cell-start.ts";
import { type CellContext, exportedFunction, GuestInstance } from "./guest-instance.ts";
import { ObservedNetwork } from "./observed-network.ts";

/** Runs the service of a cell, one instance at a time, each of them once. */
export class ServiceRunner implements Disposable {
  readonly #start: ServiceStart;
  readonly #context: CellContext;
  readonly #send: (report: CellReport) => void;
  readonly #onUse: (component: Component) => void;
  #component: Component | undefined;
  #instance: GuestInstance | undefined;

  /** `onUse` is told of the component once a run of it has begun. */
  constructor(
    start: ServiceStart,
    context: CellContext,
    send: (report: CellReport) => void,
    onUse: (component: Component) => void,
  ) {
    this.#start = start;
    this.#context = context;
    this.#send = send;
    this.#onUse = onUse;
  }

  /** Starts a fresh instance, after everything of the one before is gone. Its end is reported, never thrown. */
  async run(run: number): Promise<void> {
    this[Symbol.dispose]();
    let instance: GuestInstance | undefined;
    let outcome: ServiceOutcome;
    try {
      instance = this.#instantiate(run);
      this.#instance = instance;
      const main = exportedFunction(instance, "wasi:cli/run", "run");
      this.#send({ tag: "service-started", run });
      const ended = main();
      if (this.#component !== undefined) this.#onUse(this.#component);
      await ended;
      outcome = { tag: "completed" };
    } catch (error) {
      outcome = outcomeOf(instance?.interruption ?? error);
    }
    // Disposed, and perhaps replaced, while it ran: nobody asks how it ended.
    if (this.#instance !== instance) return;
    // Ports are free and connections reset before anybody hears of the end.
    this[Symbol.dispose]();
    this.#context.logs.flush();
    this.#send({ tag: "service-exit", run, outcome });
  }

  /** Ends the present run without a report. */
  [Symbol.dispose](): void {
    const instance = this.#instance;
    this.#instance = undefined;
    instance?.[Symbol.dispose]();
  }

  #instantiate(run: number): GuestInstance {
    this.#component ??= new Component(this.#start.compiled);
    const network = new ObservedNetwork(this.#context.network, {
      onListener: (address, open) => {
        this.#send({ tag: open ? "service-listening" : "service-closed", run, address });
      },
    });
    return new GuestInstance(this.#component, this.#start, this.#start.args, {
      ...this.#context,
      network,
    });
  }
}

function outcomeOf(error: unknown): ServiceOutcome {
  if (error instanceof ExitError) {
    return error.status === 0
      ? { tag: "completed" }
      : { tag: "failed", reason: `it exited with status ${error.status}` };
  }
  // `run` has no error payload: jco throws what there is of it, which is nothing.
  return error instanceof Error
    ? { tag: "trapped", reason: cutMessage(error.message) }
    : { tag: "failed", reason: "its run function returned an error" };
}
