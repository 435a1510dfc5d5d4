import { checkResource, checkUnsigned } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { BodyPipe } from "./body-pipe.ts";
import { contentLength } from "./content-length.ts";
import type { FieldMap } from "./field-map.ts";
import { Fields } from "./fields.ts";
import type { ResponseHead } from "./message.ts";
import { OutgoingBody } from "./outgoing-body.ts";

/** `wasi:http/types.outgoing-response`. */
export class OutgoingResponse extends Resource {
  readonly #headers: FieldMap;
  #status = 200;
  #pipe: BodyPipe | undefined;
  #sent = false;

  /** Takes the headers over; the guest's handle on them is gone. */
  constructor(guest: Guest, headers: Fields) {
    super(guest);
    this.#headers = checkResource(headers, Fields).map;
    headers[Symbol.dispose]();
  }

  statusCode(): number {
    return this.#status;
  }

  /** WIT: "Fails if the status-code given is not a valid http status code." */
  setStatusCode(status: number): void {
    if (!this.trySetStatusCode(status)) throw new GuestError(undefined);
  }

  /** As `setStatusCode`; false where it fails. */
  trySetStatusCode(status: number): boolean {
    checkUnsigned(status, 16);
    if (status < 100 || status > 599) return false;
    this.#status = status;
    return true;
  }

  /** WIT: "This headers resource is immutable". */
  headers(): Fields {
    return new Fields(this.guest, this.#headers, false);
  }

  /** The body to write; WIT: "can be retrieved at most once. Subsequent calls will return error." */
  body(): OutgoingBody {
    const body = this.tryBody();
    if (body === undefined) throw new GuestError(undefined);
    return body;
  }

  /** As `body`; undefined after the first call. */
  tryBody(): OutgoingBody | undefined {
    if (this.#pipe !== undefined) return undefined;
    this.#pipe = new BodyPipe(contentLength(this.#headers), "HTTP-response-body-size");
    return new OutgoingBody(this.guest, this.#pipe);
  }

  /** Consumes the resource: the response is on its way, its body may still be written. */
  send(): { readonly head: ResponseHead; readonly body: BodyPipe | undefined } {
    this.#sent = true;
    this[Symbol.dispose]();
    return {
      head: { status: this.#status, headers: this.#headers.entries },
      body: this.#pipe,
    };
  }

  /** Nobody will read the body of a response that is dropped. */
  protected override drop(): void {
    if (!this.#sent) this.#pipe?.cancel();
  }
}
