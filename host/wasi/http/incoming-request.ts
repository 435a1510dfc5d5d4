import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { EMPTY_BODY } from "./empty-body.ts";
import { FieldMap } from "./field-map.ts";
import { Fields } from "./fields.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { Body, HttpRequest, RequestHead } from "./message.ts";
import { type Method, type Scheme, toMethod } from "./method.ts";

/** `wasi:http/types.incoming-request`, which owns the body until that is consumed. */
export class IncomingRequest extends Resource {
  readonly head: RequestHead;
  #headers: FieldMap | undefined;
  #body: Body | undefined;

  constructor(guest: Guest, request: HttpRequest) {
    super(guest);
    this.head = request.head;
    this.#body = request.body ?? EMPTY_BODY;
  }

  method(): Method {
    return toMethod(this.head.method);
  }

  pathWithQuery(): string | undefined {
    return this.head.pathWithQuery;
  }

  scheme(): Scheme | undefined {
    return { tag: this.head.scheme === "https" ? "HTTPS" : "HTTP" };
  }

  authority(): string | undefined {
    return this.head.authority;
  }

  /** WIT: "The returned `headers` resource is immutable". */
  headers(): Fields {
    return new Fields(this.guest, (this.#headers ??= FieldMap.fromWire(this.head.headers)), false);
  }

  /** WIT: "Will return the `incoming-body` at most once. If called more than once, subsequent calls will return error." */
  consume(): IncomingBody {
    const body = this.tryConsume();
    if (body === undefined) throw new GuestError(undefined);
    return body;
  }

  /** As `consume`; undefined after the first call. */
  tryConsume(): IncomingBody | undefined {
    if (this.#body === undefined) return undefined;
    const body = new IncomingBody(this.guest, this.#body);
    this.#body = undefined;
    return body;
  }

  protected override drop(): void {
    this.#body?.cancel();
  }
}
