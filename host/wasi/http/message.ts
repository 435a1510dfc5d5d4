import type { ByteSource } from "../../network/byte-stream.ts";

/** Header or trailer fields in the order and spelling of the wire, repeated names included. */
export type FieldList = readonly (readonly [name: string, value: string | Uint8Array])[];

/** The head of a request, as `wasi:http/types.incoming-request` shows it. */
export interface RequestHead {
  /** In upper case for the methods that WIT names, verbatim for others. */
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly authority: string | undefined;
  readonly pathWithQuery: string;
  readonly headers: FieldList;
}

/** The head of a response. */
export interface ResponseHead {
  /** 100 to 599. */
  readonly status: number;
  readonly headers: FieldList;
}

/** A body: bytes, then, once `ended` without a failure, trailers (undefined where there are none). */
export interface Body extends ByteSource {
  readonly trailers: FieldList | undefined;
}

/** A request on its way to a component; `body` is undefined where the request has none. */
export interface HttpRequest {
  readonly head: RequestHead;
  readonly body: Body | undefined;
}

/** A response on its way back; `body` is undefined where it is empty. */
export interface HttpResponse {
  readonly head: ResponseHead;
  readonly body: Body | undefined;
}
