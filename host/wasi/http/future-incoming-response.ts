import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Resource } from "../resource.ts";
import { type HttpErrorCode, toHttpError } from "./error-code.ts";
import type { Result } from "./future-trailers.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { HttpResponse } from "./message.ts";

/** `wasi:http/types.future-incoming-response`: a response on its way. */
export class FutureIncomingResponse extends Resource {
  readonly #condition = { ready: false, waitList: new WaitList() };
  #outcome: Result<HttpResponse, HttpErrorCode> | undefined;
  readonly #abort: () => void;
  #taken = false;

  /** `abort` is called where the guest drops the future before there is an outcome. */
  constructor(guest: Guest, response: Promise<HttpResponse>, abort: () => void = () => {}) {
    super(guest);
    this.#abort = abort;
    response.then(
      (response) => this.#settle({ tag: "ok", val: response }),
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.#settle({ tag: "err", val: toHttpError(failure).code });
      },
    );
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.#condition);
  }

  /** As `FutureTrailers.get`: none until it is there, then the response or its error, once. */
  get(): Result<Result<IncomingResponse, HttpErrorCode>, undefined> | undefined {
    const outcome = this.#outcome;
    if (outcome === undefined) return undefined;
    if (this.#taken) return { tag: "err", val: undefined };
    this.#taken = true;
    if (outcome.tag === "err") return { tag: "ok", val: outcome };
    return { tag: "ok", val: { tag: "ok", val: new IncomingResponse(this.guest, outcome.val) } };
  }

  protected override drop(): void {
    if (this.#outcome === undefined) this.#abort();
    else if (!this.#taken && this.#outcome.tag === "ok") this.#outcome.val.body?.cancel();
  }

  #settle(outcome: Result<HttpResponse, HttpErrorCode>): void {
    if (this.disposed) {
      if (outcome.tag === "ok") outcome.val.body?.cancel();
      return;
    }
    this.#outcome = outcome;
    this.#condition.ready = true;
    this.#condition.waitList.notify();
  }
}
