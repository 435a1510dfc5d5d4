import { MessageChannel } from "node:worker_threads";
import { LinkError } from "../../../host/bridge/error.ts";
import { Link } from "../../../host/bridge/link.ts";
import type { StreamMessage } from "../../../host/bridge/stream-message.ts";
import type { StreamSink } from "../../../host/bridge/stream-sink.ts";
import type { StreamSource } from "../../../host/bridge/stream-source.ts";
import { StreamTable } from "../../../host/bridge/stream-table.ts";
import type { NetworkQuota } from "../../../host/network/quota.ts";

/** Two ends of a link whose streams the test opens by hand. */
export class Pair implements Disposable {
  readonly left: StreamTable;
  readonly #right: StreamTable;
  readonly #links: Link<StreamMessage, StreamMessage>[];
  readonly heard: StreamMessage[] = [];
  failure: LinkError | undefined;

  /** `quota` is what the sinks of `open` have under way counts as pages of. */
  constructor(quota?: NetworkQuota) {
    const { port1, port2 } = new MessageChannel();
    const left: Link<StreamMessage, StreamMessage> = new Link(port1, {
      receive: (message) => this.left.receive(message),
      ended: (failure) => {
        this.failure = failure;
        this.left.break(failure);
      },
    });
    const right: Link<StreamMessage, StreamMessage> = new Link(port2, {
      receive: (message) => {
        this.heard.push(message);
        this.#right.receive(message);
      },
      ended: (failure) => {
        this.failure = failure;
        this.#right.break(failure);
      },
    });
    this.#links = [left, right];
    this.left = new StreamTable(left, { quota });
    this.#right = new StreamTable(right);
  }

  get size(): number {
    return this.left.size + this.#right.size;
  }

  open(id: number): { sink: StreamSink; source: StreamSource } {
    return { sink: this.left.openSink(id, 0), source: this.#right.openSource(id, undefined) };
  }

  openBack(id: number): { sink: StreamSink; source: StreamSource } {
    return { sink: this.#right.openSink(id, 0), source: this.left.openSource(id, undefined) };
  }

  breakLeft(): void {
    this.#links[0]?.fail(new LinkError("closed", "The thread died"));
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link.close();
  }
}
