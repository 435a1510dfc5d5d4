import { CallError, type CallErrorCode } from "../bridge/error.ts";
import type { HttpCall } from "../bridge/http-server.ts";
import { EngineError } from "../engine/error.ts";
import type { InstancePool, Lease } from "../engine/instance-pool.ts";
import { ExitError } from "../wasi/cli/exit.ts";
import { GuestDisposedError } from "../wasi/guest.ts";
import { HttpGuestError } from "../wasi/http/error.ts";
import type { HttpCall as GuestCall } from "../wasi/http/handle.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import type { ComponentStart } from "./cell-start.ts";
import { formatDuration } from "./format-duration.ts";
import type { HttpInstance } from "./http-instance.ts";

type State =
  /** For an instance; `abort` leaves the queue. */
  | { readonly tag: "waiting"; readonly abort: AbortController | undefined }
  | { readonly tag: "running"; readonly lease: Lease<HttpInstance>; readonly call: GuestCall }
  | { readonly tag: "finished" };

/**
 * One request in the cell, from its arrival to the return of the guest's handler.
 * All of that counts against the component's timeout. A guest that is cancelled, takes too long or fails
 * loses its instance; what it has sent of its body by then ends with a failure.
 */
export class Exchange {
  readonly #start: ComponentStart;
  readonly #pool: InstancePool<HttpInstance>;
  readonly #call: HttpCall;
  readonly #response = Promise.withResolvers<HttpResponse>();
  readonly #onFinish: () => void;
  readonly #timer: NodeJS.Timeout;
  #state: State = { tag: "waiting", abort: undefined };

  /** `onFinish` is called once, when the instance is given back, lost or was never had. */
  constructor(
    start: ComponentStart,
    pool: InstancePool<HttpInstance>,
    call: HttpCall,
    onFinish: () => void,
  ) {
    this.#start = start;
    this.#pool = pool;
    this.#call = call;
    this.#onFinish = onFinish;
    this.#timer = setTimeout(this.#onTimeout, start.timeout);
    call.whenCancelled.add(this.#onCancel);
  }

  /** Resolves with the guest's response as soon as there is one; rejects with `CallError`. */
  run(request: HttpRequest): Promise<HttpResponse> {
    this.#acquire().then(
      (lease) => this.#begin(lease, request),
      (error: unknown) => this.#fail(error),
    );
    return this.#response.promise;
  }

  async #acquire(): Promise<Lease<HttpInstance>> {
    if (this.#pool.idle > 0) return await this.#pool.acquire();
    // Only a call that may have to wait needs the means to stop waiting.
    const abort = new AbortController();
    this.#state = { tag: "waiting", abort };
    return await this.#pool.acquire(abort.signal);
  }

  #begin(lease: Lease<HttpInstance>, request: HttpRequest): void {
    if (this.#state.tag !== "waiting") {
      lease.release();
      return;
    }
    const call = lease.instance.handler.handle(request);
    this.#state = { tag: "running", lease, call };
    call.response.then(
      (response) => this.#response.resolve(response),
      (error: unknown) => this.#response.reject(this.#explainOf(lease, error)),
    );
    call.finished.then(
      () => this.#onReturn(lease),
      (error: unknown) => this.#onFailure(lease, error),
    );
  }

  #onReturn(lease: Lease<HttpInstance>): void {
    if (this.#state.tag !== "running") return;
    lease.release();
    this.#finish();
  }

  /** The handler has broken what the guest left unfinished; an answer that is complete stays so. */
  #onFailure(lease: Lease<HttpInstance>, error: unknown): void {
    if (this.#state.tag !== "running") return;
    this.#finish();
    this.#response.reject(this.#explainOf(lease, error));
    lease.discard();
  }

  readonly #onTimeout = (): void => {
    const limit = formatDuration(this.#start.timeout);
    this.#fail(this.#error("timeout", `The guest took longer than ${limit}`));
  };

  readonly #onCancel = (): void => {
    this.#fail(this.#error("cancelled", "The client is gone"));
  };

  #fail(error: unknown): void {
    const state = this.#state;
    if (state.tag === "finished") return;
    this.#finish();
    this.#response.reject(this.#explain(error));
    if (state.tag === "running") {
      state.call.cancel();
      state.lease.discard();
    } else {
      state.abort?.abort(error);
    }
  }

  #finish(): void {
    this.#state = { tag: "finished" };
    clearTimeout(this.#timer);
    this.#call.whenCancelled.delete(this.#onCancel);
    this.#onFinish();
  }

  #explainOf({ instance }: Lease<HttpInstance>, error: unknown): CallError {
    const { interruption } = instance;
    return interruption === undefined
      ? this.#explain(error)
      : this.#error("guest-failed", `The guest was ${interruption.message}`, interruption);
  }

  #explain(error: unknown): CallError {
    if (error instanceof CallError) return error;
    if (error instanceof EngineError) {
      if (error.code === "pool-exhausted") {
        return this.#error("overloaded", "Too many requests wait for an instance", error);
      }
      if (error.code === "closed") return this.#error("cancelled", "The workload stops", error);
      return this.#error("guest-failed", error.message, error);
    }
    if (error instanceof HttpGuestError && error.code !== "guest-trapped") {
      return this.#error("guest-failed", error.message, error);
    }
    const cause = error instanceof HttpGuestError ? error.cause : error;
    if (cause instanceof GuestDisposedError) {
      return this.#error("cancelled", "The workload stops", error);
    }
    if (cause instanceof ExitError) return this.#error("guest-failed", cause.message, error);
    return this.#error("guest-failed", `The guest trapped: ${messageOf(cause)}`, error);
  }

  #error(code: CallErrorCode, reason: string, cause?: unknown): CallError {
    return new CallError(code, this.#start.name, reason, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
