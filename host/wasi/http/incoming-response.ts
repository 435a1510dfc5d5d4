import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { EMPTY_BODY } from "./empty-body.ts";
import { FieldMap } from "./field-map.ts";
import { Fields } from "./fields.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { Body, HttpResponse } from "./message.ts";

/** `wasi:http/types.incoming-response`, which owns the body until that is consumed. */
export class IncomingResponse extends Resource {
  readonly #status: number;
  readonly #headers: FieldMap;
  #body: Body | undefined;

  constructor(guest: Guest, { head, body }: HttpResponse) {
    super(guest);
    this.#status = head.status;
    this.#headers = FieldMap.fromWire(head.headers);
    this.#body = body ?? EMPTY_BODY;
  }

  status(): number {
    return this.#status;
  }

  /** WIT: "This headers resource is immutable". */
  headers(): Fields {
    return new Fields(this.guest, this.#headers, false);
  }

  /** WIT: "May be called at most once. Returns error if called additional times." */
  consume(): IncomingBody {
    const body = this.#body;
    if (body === undefined) throw new GuestError(undefined);
    this.#body = undefined;
    return new IncomingBody(this.guest, body);
  }

  protected override drop(): void {
    this.#body?.cancel();
  }
}
