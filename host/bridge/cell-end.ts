import type { VirtualNetwork } from "../network/virtual/virtual-network.ts";
import { LinkError } from "./error.ts";
import { type HttpHandler, HttpServer } from "./http-server.ts";
import { Link, type LinkPort } from "./link.ts";
import type { CellCommand, CellReport } from "./main-end.ts";
import type { MessageToCell } from "./message-to-cell.ts";
import type { MessageToMain } from "./message-to-main.ts";
import { StreamTable } from "./stream-table.ts";
import { WayInServer } from "./way-in-server.ts";

export interface CellEndOptions {
  readonly command: (command: CellCommand) => void;
  /** Answers requests. */
  readonly handleHttp: HttpHandler;
  /** What the way in leads to; without it, there is none. */
  readonly network?: VirtualNetwork | undefined;
  /** Called once, when the main thread is gone or broke the protocol. */
  readonly ended: (failure: LinkError) => void;
}

/** A cell's end of the bridge to the main thread. Disposing it delivers what was sent and cancels all calls. */
export class CellEnd implements Disposable {
  readonly #link: Link<MessageToMain, MessageToCell>;
  readonly #streams: StreamTable;
  readonly #http: HttpServer;
  readonly #wayIn: WayInServer | undefined;
  readonly #command: (command: CellCommand) => void;

  constructor(port: LinkPort, options: CellEndOptions) {
    this.#command = options.command;
    this.#link = new Link<MessageToMain, MessageToCell>(port, {
      receive: (message) => this.#receive(message),
      ended: (failure) => {
        this.#break(failure);
        options.ended(failure);
      },
    });
    this.#streams = new StreamTable(this.#link);
    this.#http = new HttpServer(this.#link, this.#streams, options.handleHttp);
    this.#wayIn = options.network && new WayInServer(this.#link, this.#streams, options.network);
  }

  send(report: CellReport): void {
    this.#link.send(report);
  }

  /** Tells of a port of the network that somebody began to use, or gave up. */
  sendPort(protocol: "tcp" | "udp", port: number, open: boolean): void {
    this.#link.send({ tag: "port", protocol, port, open });
  }

  /** Calls `make` right before this turn's batch leaves; what it sends is in the batch. */
  beforeFlush(make: () => void): void {
    this.#link.beforeFlush(make);
  }

  [Symbol.dispose](): void {
    this.#link.close();
    this.#break(new LinkError("closed", "The cell has ended"));
  }

  #receive(message: MessageToCell): void {
    switch (message.tag) {
      case "http-request":
      case "http-cancel":
        this.#http.receive(message);
        return;
      case "stream-data":
      case "stream-memory":
      case "stream-chunk":
      case "stream-end":
      case "stream-abort":
      case "stream-credit":
      case "stream-cancel":
        this.#streams.receive(message);
        return;
      case "tcp-connect":
      case "tcp-cancel":
      case "flow-open":
      case "flow-data":
      case "flow-credit":
      case "flow-close":
        if (this.#wayIn === undefined) break;
        this.#wayIn.receive(message);
        return;
      case "service-start":
      case "log-credit":
      case "own-ports":
      case "stop":
        this.#command(message);
        return;
    }
    throw new LinkError("protocol-violation", "The host sent a message of an unknown kind");
  }

  #break(failure: LinkError): void {
    this.#http.break();
    this.#wayIn?.break();
    this.#streams.break(failure);
  }
}
