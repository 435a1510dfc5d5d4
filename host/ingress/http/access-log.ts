/** One request and what became of it. A value, made of plain data. */
export interface AccessRecord {
  /** When its head was there: milliseconds since the epoch. */
  readonly time: number;
  /** Address of whoever is at the other end of the connection. */
  readonly client: string;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  readonly scheme: "http" | "https";
  readonly method: string;
  readonly host: string | undefined;
  /** With the query. */
  readonly path: string;
  /** `namespace/name`; undefined where no route leads to one. */
  readonly workload: string | undefined;
  /** Undefined where the client left before there was an answer; 101 for an upgraded connection. */
  readonly status: number | undefined;
  /** Bytes of the body that were handed to the connection; for an upgraded connection, all that was sent to the client. */
  readonly bytes: number;
  /** Milliseconds until the answer was sent to its end, or broke. */
  readonly duration: number;
  /** Whether the answer was sent to its end. */
  readonly complete: boolean;
  readonly userAgent: string | undefined;
  /** As the client sent it (W3C Trace Context), to find the request in traces. */
  readonly traceparent: string | undefined;
}
