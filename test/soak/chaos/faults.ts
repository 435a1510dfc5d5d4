import type { HostEvent } from "../../../host/host-event.ts";

/** What must not happen in a host, however its workloads behave. Disposing it stops the watch. */
export class Faults implements Disposable {
  readonly all: string[] = [];
  readonly #stack = new DisposableStack();

  constructor() {
    for (const name of ["unhandledRejection", "uncaughtException", "warning"] as const) {
      const listener = (error: unknown): void => this.#add(name, error);
      process.on(name, listener);
      this.#stack.defer(() => process.off(name, listener));
    }
  }

  /** Takes note of an event of the host, where it tells of something that the host could not do. */
  readonly onEvent = (event: HostEvent): void => {
    if (event.tag === "warning") this.#add("host", event.message);
    if (event.tag === "state" && BROKEN.test(event.state.reason)) {
      this.#add(event.workload, event.state.reason);
    }
  };

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #add(source: string, error: unknown): void {
    this.all.push(`${source}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** Reasons of states that no guest can bring about, only the host itself. */
const BROKEN = /protocol|could not be started|Cannot start|message|thread failed/;
