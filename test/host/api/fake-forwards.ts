import { randomUUID } from "node:crypto";
import type { ForwardOperations, NewForward } from "../../../host/forward-operations.ts";
import type { ForwardStatus } from "../../../host/ingress/forward/forward.ts";
import { ForwardCounter } from "../../../host/ingress/forward/forward-stats.ts";
import { formatPublish } from "../../../host/network/publish.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";

/** Forwards that open nothing. */
export class FakeForwards implements ForwardOperations {
  /** Gives the name of a workload; throws where there is none. */
  readonly #nameOf: (reference: string) => string;
  readonly all: ForwardStatus[] = [];
  /** Thrown by the next `add`. */
  failure: unknown = undefined;

  constructor(nameOf: (reference: string) => string) {
    this.#nameOf = nameOf;
  }

  list(reference?: string): readonly ForwardStatus[] {
    if (reference === undefined) return this.all;
    const name = this.#nameOf(reference);
    return this.all.filter(({ workload }) => workload === name);
  }

  get(reference: string, id: string): ForwardStatus {
    const found = this.list(reference).find((one) => one.id === id);
    if (found === undefined) throw new OperationError("not-found", `There is no forward ${id}`);
    return found;
  }

  async add(reference: string, forward: NewForward): Promise<ForwardStatus> {
    const workload = this.#nameOf(reference);
    if (this.failure !== undefined) throw this.failure;
    const { publish, protocol, port, label, ttl } = forward;
    const status: ForwardStatus = {
      id: randomUUID(),
      workload,
      label,
      protocol,
      port: typeof port === "number" ? port : 1,
      publish: formatPublish(publish),
      addresses: [publish.tag === "unix" ? formatPublish(publish) : "127.0.0.1:20000"],
      outsides:
        publish.tag === "unix"
          ? []
          : [{ tag: "port", protocol, address: "127.0.0.1", port: 20_000 + this.all.length }],
      createdAt: 0,
      expiresAt: ttl,
      listening: true,
      stats: new ForwardCounter().current,
    };
    this.all.push(status);
    return status;
  }

  async remove(reference: string, id: string): Promise<void> {
    this.all.splice(this.all.indexOf(this.get(reference, id)), 1);
  }
}
