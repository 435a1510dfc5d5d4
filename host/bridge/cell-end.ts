import type { NetworkQuota } from "../network/quota.ts";
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
  /** What is on its way out of the cell counts as pages of it. */
  readonly quota?: NetworkQuota | undefined;
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
  /** What became of ports since the main thread was told last, each under its protocol and number. */
  readonly #ports = new Map<string, PortChange>();

  constructor(port: LinkPort, options: CellEndOptions) {
    this.#command = options.command;
    this.#link = new Link<MessageToMain, MessageToCell>(port, {
      receive: (message) => this.#receive(message),
      ended: (failure) => {
        this.#break(failure);
        options.ended(failure);
      },
    });
    this.#streams = new StreamTable(this.#link, { quota: options.quota });
    this.#http = new HttpServer(this.#link, this.#streams, options.handleHttp);
    this.#wayIn = options.network && new WayInServer(this.#link, this.#streams, options.network);
  }

  send(report: CellReport): void {
    // A report comes behind what led to it.
    this.#sendPorts();
    this.#link.send(report);
  }

  /**
   * Tells of a port of the network that somebody began to use, or gave up. What comes to nothing before the batch
   * leaves is not told: a guest may bind and drop as often as it likes, and the main thread has others to serve.
   */
  sendPort(protocol: "tcp" | "udp", port: number, open: boolean): void {
    if (this.#ports.size === 0) this.#link.beforeFlush(this.#sendPorts);
    const key = `${protocol} ${port}`;
    const change = this.#ports.get(key) ?? { protocol, port, addresses: 0 };
    change.addresses += open ? 1 : -1;
    this.#ports.set(key, change);
  }

  /** Calls `make` right before this turn's batch leaves; what it sends is in the batch. */
  beforeFlush(make: () => void): void {
    this.#link.beforeFlush(make);
  }

  [Symbol.dispose](): void {
    this.#link.close();
    this.#break(new LinkError("closed", "The cell has ended"));
  }

  readonly #sendPorts = (): void => {
    for (const { protocol, port, addresses } of this.#ports.values()) {
      for (let left = Math.abs(addresses); left > 0; left -= 1) {
        this.#link.send({ tag: "port", protocol, port, open: addresses > 0 });
      }
    }
    this.#ports.clear();
  };

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
      case "stream-pressure":
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

interface PortChange {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** At how many addresses more it is open; fewer, where negative. */
  addresses: number;
}
