import type { CancelSignal } from "../network/cancel-signal.ts";
import type { HttpRequest, HttpResponse } from "../wasi/http/message.ts";
import { LinkError } from "./error.ts";
import { HttpClient } from "./http-client.ts";
import { Link, type LinkPort } from "./link.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import type { StreamMessage } from "./stream-message.ts";
import { StreamTable } from "./stream-table.ts";

/** What a cell reports about itself and its service; requests and streams are handled here. */
export type CellReport = Exclude<
  MessageToMain,
  StreamMessage | { tag: "http-response" | "http-failure" }
>;

/** What the main thread tells a cell besides requests and streams. */
export type CellCommand = Exclude<
  MessageToCell,
  StreamMessage | { tag: "http-request" | "http-cancel" }
>;

export interface MainEndOptions {
  readonly report: (report: CellReport) => void;
  /** Called once, when the cell is gone or broke the protocol. */
  readonly ended: (failure: LinkError) => void;
}

/** The main thread's end of the bridge to one cell. Disposing it ends all calls and streams with `closed`. */
export class MainEnd implements Disposable {
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
    this.#streams = new StreamTable(this.#link);
    this.#http = new HttpClient(this.#link, this.#streams);
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
      case "stream-data":
      case "stream-end":
      case "stream-abort":
      case "stream-credit":
      case "stream-cancel":
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
    this.#streams.break(failure);
  }
}
