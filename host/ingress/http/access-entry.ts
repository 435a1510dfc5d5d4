import type { AccessRecord } from "./access-log.ts";
import { targetOf } from "./request.ts";
import type { SendProgress } from "./response.ts";
import type { IncomingRequestMessage, Visitor } from "./visitor.ts";

/** What is noted of a request while it is answered. */
export class AccessEntry implements SendProgress {
  bytesSent = 0;
  workload: string | undefined;
  readonly #message: IncomingRequestMessage;
  readonly #visitor: Visitor;
  readonly #time = Date.now();
  readonly #started = performance.now();

  constructor(message: IncomingRequestMessage, visitor: Visitor) {
    this.#message = message;
    this.#visitor = visitor;
  }

  /** The record of the request, which is over. */
  toRecord(status: number | undefined, complete: boolean): AccessRecord {
    const { headers, method = "", url = "" } = this.#message;
    const target = targetOf(this.#message);
    return {
      time: this.#time,
      client: this.#visitor.address,
      protocol: PROTOCOL[this.#message.httpVersion] ?? "HTTP/1.1",
      scheme: this.#visitor.scheme,
      method,
      host: target?.authority,
      path: target?.pathWithQuery ?? url,
      workload: this.workload,
      status,
      bytes: this.bytesSent,
      duration: performance.now() - this.#started,
      complete,
      userAgent: headers["user-agent"],
      traceparent: textOf(headers["traceparent"]),
    };
  }
}

const PROTOCOL: Readonly<Record<string, AccessRecord["protocol"]>> = {
  "1.0": "HTTP/1.0",
  "1.1": "HTTP/1.1",
  "2.0": "HTTP/2",
};

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
