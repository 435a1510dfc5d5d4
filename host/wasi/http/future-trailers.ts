import type { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import type { Condition } from "../io/suspend.ts";
import { Resource } from "../resource.ts";
import { type HttpErrorCode, toHttpError } from "./error-code.ts";
import { FieldMap } from "./field-map.ts";
import { Fields } from "./fields.ts";
import type { Body } from "./message.ts";

/** A WIT `result` inside another value, as jco writes it. */
export type Result<T, E> =
  | { readonly tag: "ok"; readonly val: T }
  | { readonly tag: "err"; readonly val: E };

/** What comes behind a body: trailers or none, or why the body broke. */
export type TrailersResult = Result<Fields | undefined, HttpErrorCode>;

/** `wasi:http/types.future-trailers`, which owns what is left of a body and skips it. */
export class FutureTrailers extends Resource {
  readonly #body: Body;
  readonly #condition: Condition;
  #taken = false;

  constructor(guest: Guest, body: Body) {
    super(guest);
    this.#body = body;
    this.#condition = new EndCondition(body);
    this.#skip();
  }

  subscribe(): Pollable {
    return new Pollable(this.guest, this.#condition);
  }

  /**
   * WIT: "The outer `option` represents future readiness. [...] The outer `result` is used to retrieve the trailers
   * or error at most once. It will be success on the first call in which the outer option is `some`, and error on
   * subsequent calls."
   */
  get(): Result<TrailersResult, undefined> | undefined {
    if (!this.#condition.ready) return undefined;
    if (this.#taken) return { tag: "err", val: undefined };
    this.#taken = true;
    const { failure, trailers } = this.#body;
    if (failure !== undefined) {
      return { tag: "ok", val: { tag: "err", val: toHttpError(failure).code } };
    }
    const fields =
      trailers === undefined
        ? undefined
        : new Fields(this.guest, FieldMap.fromWire(trailers), false);
    return { tag: "ok", val: { tag: "ok", val: fields } };
  }

  protected override drop(): void {
    this.#body.whenReadable.delete(this.#skip);
    if (!this.#body.ended) this.#body.cancel();
  }

  /** Trailers come behind the body, so what nobody read of it has to go first. */
  readonly #skip = (): void => {
    const body = this.#body;
    while (body.available > 0) body.readInto(new Uint8Array(Math.min(body.available, SKIP_SIZE)));
    if (!body.ended) body.whenReadable.add(this.#skip);
  };
}

const SKIP_SIZE = 65_536;

class EndCondition implements Condition {
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  get ready(): boolean {
    return this.#body.ended;
  }

  get waitList(): WaitList {
    return this.#body.whenReadable;
  }
}
