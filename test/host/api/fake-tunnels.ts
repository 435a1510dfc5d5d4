import { randomUUID } from "node:crypto";
import type { TunnelState } from "../../../host/tunnel/client/state.ts";
import type { TunnelStatus } from "../../../host/tunnel/status.ts";
import type { NewTunnel, TunnelOperations } from "../../../host/tunnel-operations.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";

/** Tunnels that connect nowhere, and say what a test wants. */
export class FakeTunnels implements TunnelOperations {
  /** Gives the name of a workload; throws where there is none. */
  readonly #nameOf: (reference: string) => string;
  all: TunnelStatus[] = [];
  /** What was asked for. */
  readonly wishes: NewTunnel[] = [];
  /** What the next tunnel is. */
  state: TunnelState = {
    tag: "connected",
    since: 1000,
    publicPort: 12_345,
    publicUrl: "http://bore.pub:12345",
  };
  /** Thrown by the next `start`. */
  failure: unknown = undefined;
  /** What `start` waits for before there is a tunnel, and then before it has connected or failed. */
  reading: Promise<void> = Promise.resolve();
  connecting: Promise<void> = Promise.resolve();

  constructor(nameOf: (reference: string) => string) {
    this.#nameOf = nameOf;
  }

  list(reference?: string): readonly TunnelStatus[] {
    if (reference === undefined) return this.all;
    const name = this.#nameOf(reference);
    return this.all.filter(({ workload }) => workload === name);
  }

  get(reference: string, id: string): TunnelStatus {
    const found = this.list(reference).find((one) => one.id.startsWith(id));
    if (found === undefined) throw new OperationError("not-found", `There is no tunnel ${id}`);
    return found;
  }

  async start(reference: string, tunnel: NewTunnel, signal?: AbortSignal): Promise<TunnelStatus> {
    const workload = this.#nameOf(reference);
    if (this.failure !== undefined) throw this.failure;
    this.wishes.push(tunnel);
    await this.reading;
    signal?.throwIfAborted();
    const status: TunnelStatus = {
      id: randomUUID(),
      workload,
      port: typeof tunnel.port === "number" ? tunnel.port : 1,
      server: tunnel.to ?? "bore.pub",
      state: this.state,
      startedAt: 0,
      expiresAt: tunnel.expires,
      access: {
        basic: tunnel.basic !== undefined,
        link: tunnel.link === true,
        from: tunnel.from !== undefined,
      },
      isDeclared: false,
      statistics: {
        connections: 0,
        active: 0,
        refused: 0,
        failed: 0,
        bytesIn: 0,
        bytesOut: 0,
      },
    };
    this.all.push(status);
    const drop = (): void => void (this.all = this.all.filter((one) => one !== status));
    signal?.addEventListener("abort", drop);
    await this.connecting;
    signal?.throwIfAborted();
    return status;
  }

  stop(reference: string, id: string): void {
    const found = this.get(reference, id);
    this.all = this.all.filter((one) => one !== found);
  }

  reconnect(reference: string, id: string): TunnelStatus {
    return this.get(reference, id);
  }

  link(reference: string, id: string, path: string, ttl: number): string {
    return `http://bore.pub:12345${path}?${this.get(reference, id).port}-${ttl}`;
  }
}
