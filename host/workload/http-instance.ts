import type { Component } from "../engine/component.ts";
import { HttpHandler } from "../wasi/http/handle.ts";
import type { GuestStart } from "./cell-start.ts";
import { type CellContext, exportedFunction, GuestInstance } from "./guest-instance.ts";

/** One instance of a component that answers HTTP. */
export class HttpInstance implements Disposable {
  readonly handler: HttpHandler;
  readonly #instance: GuestInstance;

  /** Throws where the component cannot be instantiated; nothing of it is left then. */
  constructor(component: Component, start: GuestStart, context: CellContext) {
    this.#instance = new GuestInstance(component, start, [], context);
    const handle = exportedFunction(this.#instance, "wasi:http/incoming-handler", "handle");
    const { guest } = this.#instance;
    this.handler = new HttpHandler(guest, (...args) => {
      guest.suspender.countWait();
      return handle(...args);
    });
  }

  /** Why its call failed, where that was because it ran for too long without waiting for anything; else undefined. */
  get interruption(): Error | undefined {
    return this.#instance.interruption;
  }

  [Symbol.dispose](): void {
    this.#instance[Symbol.dispose]();
  }
}
