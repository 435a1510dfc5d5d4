import { CallError } from "../bridge/error.ts";
import type { HttpCall } from "../bridge/http-server.ts";
import { Component } from "../engine/component.ts";
import { InstancePool } from "../engine/instance-pool.ts";
import { LoopSpareTime } from "../engine/spare-time.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { ComponentStart } from "./cell-start.ts";
import { Exchange } from "./exchange.ts";
import type { CellContext } from "./guest-instance.ts";
import { HttpInstance } from "./http-instance.ts";

/** Answers the requests of a cell with a pool of instances of its component. */
export class HttpRunner implements Disposable {
  readonly #start: ComponentStart;
  readonly #pool: InstancePool<HttpInstance>;
  readonly #onUse: (component: Component) => void;
  #component: Component | undefined;

  /** `onUse` is told of the component whenever a call of it has ended. */
  constructor(start: ComponentStart, context: CellContext, onUse: (used: Component) => void) {
    this.#start = start;
    this.#onUse = onUse;
    this.#pool = new InstancePool({
      create: () => new HttpInstance(this.#load(), start, context),
      poolSize: start.poolSize,
      maxInvocations: start.maxInvocations,
      spareTime: new LoopSpareTime(),
    });
  }

  /** Loads the component's glue, which the first call would wait for; that call also meets what goes wrong. */
  preload(): void {
    try {
      this.#load();
    } catch {
      // Reported to each call, since each tries again.
    }
  }

  /** Rejects with `CallError`. */
  async handle(request: HttpRequest, call: HttpCall): Promise<HttpResponse> {
    if (call.target !== this.#start.name) {
      throw new CallError("guest-failed", call.target, "The workload has no such component");
    }
    const exchange = new Exchange(this.#start, this.#pool, call, this.#onFinish);
    return await exchange.run(request);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }

  readonly #onFinish = (): void => {
    if (this.#component !== undefined) this.#onUse(this.#component);
  };

  #load(): Component {
    return (this.#component ??= new Component(this.#start.compiled));
  }
}
