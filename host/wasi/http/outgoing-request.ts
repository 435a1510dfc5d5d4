import { checkCase, checkResource, checkText } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { Resource } from "../resource.ts";
import { BodyPipe } from "./body-pipe.ts";
import { contentLength } from "./content-length.ts";
import type { FieldMap } from "./field-map.ts";
import { isFieldName } from "./field-syntax.ts";
import { Fields } from "./fields.ts";
import type { FieldList } from "./message.ts";
import { METHOD_TAGS, type Method, type Scheme } from "./method.ts";
import { OutgoingBody } from "./outgoing-body.ts";

/** What is left of a request that was handed over. */
export interface SentRequest {
  readonly method: Method;
  readonly pathWithQuery: string | undefined;
  readonly scheme: Scheme | undefined;
  readonly authority: string | undefined;
  readonly headers: FieldList;
  readonly body: BodyPipe | undefined;
}

/** `wasi:http/types.outgoing-request`. Setters of values that are not what they claim throw a `GuestError`. */
export class OutgoingRequest extends Resource {
  readonly #headers: FieldMap;
  #method: Method = { tag: "get" };
  #pathWithQuery: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #pipe: BodyPipe | undefined;
  #sent = false;

  /** Takes the headers over; the guest's handle on them is gone. */
  constructor(guest: Guest, headers: Fields) {
    super(guest);
    this.#headers = checkResource(headers, Fields).map;
    headers[Symbol.dispose]();
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
    this.#pipe = new BodyPipe(contentLength(this.#headers), "HTTP-request-body-size");
    return new OutgoingBody(this.guest, this.#pipe);
  }

  method(): Method {
    return this.#method;
  }

  /** WIT: "Fails if the string present in a `method.other` argument is not a syntactically valid method." */
  setMethod(method: Method): void {
    checkCase(method.tag, METHOD_CASES);
    if (method.tag === "other") require(isFieldName(checkText(method.val)));
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#pathWithQuery;
  }

  /** WIT: "Fails is the string given is not a syntactically valid path and query uri component." */
  setPathWithQuery(path: string | undefined): void {
    require(path === undefined || /^[\x21-\x22\x24-\x7e]*$/.test(checkText(path)));
    this.#pathWithQuery = path;
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  /** WIT: "Fails if the string given is not a syntactically valid uri scheme." */
  setScheme(scheme: Scheme | undefined): void {
    if (scheme !== undefined) checkCase(scheme.tag, SCHEME_CASES);
    if (scheme?.tag === "other") require(/^[a-zA-Z][a-zA-Z0-9+\-.]*$/.test(checkText(scheme.val)));
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  /** WIT: "Fails if the string given is not a syntactically valid URI authority." */
  setAuthority(authority: string | undefined): void {
    require(
      authority === undefined || /^[A-Za-z0-9\-._~%!$&'()*+,;=:@[\]]+$/.test(checkText(authority)),
    );
    this.#authority = authority;
  }

  /** WIT: "This headers resource is immutable". */
  headers(): Fields {
    return new Fields(this.guest, this.#headers, false);
  }

  /** Consumes the resource: the request is on its way, its body may still be written. */
  send(): SentRequest {
    const request: SentRequest = {
      method: this.#method,
      pathWithQuery: this.#pathWithQuery,
      scheme: this.#scheme,
      authority: this.#authority,
      headers: this.#headers.entries,
      body: this.#pipe,
    };
    this.#sent = true;
    this[Symbol.dispose]();
    return request;
  }

  protected override drop(): void {
    if (!this.#sent) this.#pipe?.cancel();
  }
}

const METHOD_CASES: readonly string[] = [...METHOD_TAGS, "other"];
const SCHEME_CASES: readonly string[] = ["HTTP", "HTTPS", "other"];

function require(isValid: boolean): void {
  if (!isValid) throw new GuestError(undefined);
}
