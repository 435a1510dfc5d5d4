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
    this.handler = new HttpHandler(this.#instance.guest, handle);
  }

  [Symbol.dispose](): void {
    this.#instance[Symbol.dispose]();
  }
}
