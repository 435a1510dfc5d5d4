import type { CancelSignal } from "../network/cancel-signal.ts";
import type { NetworkQuota } from "../network/quota.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import { LinkError } from "./error.ts";
import { HttpClient } from "./http-client.ts";
import { IdSequence } from "./id-sequence.ts";
import { Link, type LinkPort } from "./link.ts";
import { LinkWayIn } from "./link-way-in.ts";
import type { FlowMessage, MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamMessage } from "./stream-message.ts";
import { StreamTable } from "./stream-table.ts";

/** What a cell reports about itself and its service; requests, streams and the way in are handled here. */
export type CellReport = Exclude<
  MessageToMain,
  | StreamMessage
  | FlowMessage
  | { tag: "http-response" | "http-failure" }
  | { tag: "port" | "tcp-connected" | "tcp-failed" | "flow-closed" }
>;

/** What the main thread tells a cell besides requests, streams and what goes through the way in. */
export type CellCommand = Exclude<
  MessageToCell,
  | StreamMessage
  | FlowMessage
  | { tag: "http-request" | "http-cancel" }
  | { tag: "tcp-connect" | "tcp-cancel" | "flow-open" | "flow-close" }
>;

export interface MainEndOptions {
  readonly report: (report: CellReport) => void;
  /** What is on its way into the cell counts as pages of it. */
  readonly quota?: NetworkQuota | undefined;
  /** Called once, when the cell is gone or broke the protocol. */
  readonly ended: (failure: LinkError) => void;
}

/** The main thread's end of the bridge to one cell. Disposing it ends all calls and streams with `closed`. */
export class MainEnd implements Disposable {
  /** The way into the cell's network. */
  readonly wayIn: LinkWayIn;
  readonly #link: Link<MessageToCell, MessageToMain>;
  readonly #streams: StreamTable;
  readonly #http: HttpClient;
  readonly #report: (report: CellReport) => void;

  constructor(port: LinkPort, options: MainEndOptions) {
    this.#report = options.report;
    this.#link = new Link<MessageToCell, MessageToMain>(port, {
      receive: (message) => this.#receive(message),
      ended: (failure) => {
        this.#break(failure);
        options.ended(failure);
      },
    });
    // Towards the cell: what comes from sockets is in buffers of theirs, which are read into again.
    this.#streams = new StreamTable(this.#link, { lend: true, quota: options.quota });
    const ids = new IdSequence();
    this.#http = new HttpClient(this.#link, this.#streams, ids);
    this.wayIn = new LinkWayIn(this.#link, this.#streams, ids);
  }

  /** Calls that wait for their response. */
  get calls(): number {
    return this.#http.size;
  }

  /** Streams that are open in either direction. */
  get streams(): number {
    return this.#streams.size;
  }

  /**
   * Has the component `target` of the cell answer `request`. The signal covers the response's body too.
   * Rejects with `CallError`, with `LinkError` where the cell is gone, or with the signal's reason.
   */
  requestHttp(request: HttpRequest, target: string, signal: CancelSignal): Promise<HttpResponse> {
    return this.#http.request(request, target, signal);
  }

  send(command: CellCommand): void {
    this.#link.send(command);
  }

  [Symbol.dispose](): void {
    this.#link.close();
    this.#break(new LinkError("closed", "The cell was stopped"));
  }

  #receive(message: MessageToMain): void {
    switch (message.tag) {
      case "http-response":
      case "http-failure":
        this.#http.receive(message);
        return;
      case "port":
      case "tcp-connected":
      case "tcp-failed":
      case "flow-data":
      case "flow-credit":
      case "flow-closed":
        this.wayIn.receive(message);
        return;
      case "stream-data":
      case "stream-memory":
      case "stream-chunk":
      case "stream-end":
      case "stream-abort":
      case "stream-credit":
      case "stream-cancel":
      case "stream-pressure":
        this.#streams.receive(message);
        return;
      case "ready":
      case "service-started":
      case "service-listening":
      case "service-closed":
      case "service-exit":
      case "log":
      case "cached-data":
      case "decisions":
      case "stopped":
        this.#report(message);
        return;
    }
    throw new LinkError("protocol-violation", "The cell sent a message of an unknown kind");
  }

  #break(failure: LinkError): void {
    this.#http.break(failure);
    // First its connections, whose users know errors of sockets only.
    this.wayIn.break();
    this.#streams.break(failure);
  }
}
