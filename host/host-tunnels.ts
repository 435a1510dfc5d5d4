import { isDeepStrictEqual } from "node:util";
import {
  TUNNEL_SERVER_DEFAULT,
  type TunnelDeclaration,
  type TunnelDefaults,
} from "./manifest/tunnel.ts";
import type { Service, Workload } from "./manifest/workload.ts";
import type { WayIn } from "./network/way-in.ts";
import { SYSTEM_TUNNEL_CLOCK, type TunnelClock } from "./tunnel/clock.ts";
import { describeEvent } from "./tunnel/describe.ts";
import type { TunnelHostEvent } from "./tunnel/host-event.ts";
import type { TunnelStatus } from "./tunnel/status.ts";
import { toTunnelRequest } from "./tunnel/to-request.ts";
import { TunnelLimitError, TunnelTable, type TunnelTableEvent } from "./tunnel/tunnel-table.ts";
import type { NewTunnel, TunnelOperations } from "./tunnel-operations.ts";
import { OperationError } from "./workload/operation-error.ts";

/** A workload as its tunnels know it. */
export interface TunnelledWorkload {
  /** `namespace/name`. */
  readonly name: string;
  readonly workload: Workload;
  readonly isStopped: boolean;
  readonly wayIn: WayIn;
}

export interface HostTunnelsOptions {
  readonly find: (reference: string) => TunnelledWorkload;
  readonly emit: (event: TunnelHostEvent) => void;
  readonly warn: (message: string) => void;
  /** For tunnels that name no server; the public one of bore by default. */
  readonly defaults?: TunnelDefaults | undefined;
  readonly clock?: TunnelClock | undefined;
}

/** A tunnel that a manifest declares; without an ID, it ended by itself or could not be started. */
interface Declared {
  readonly declaration: TunnelDeclaration;
  id: string | undefined;
  /** Until it has one, or cannot be started. */
  starting: Promise<void> | undefined;
}

/** The tunnels of a host's workloads. Those that manifests declare start with their workloads. */
export class HostTunnels implements TunnelOperations, Disposable {
  readonly #options: HostTunnelsOptions;
  readonly #table: TunnelTable;
  readonly #declared = new Map<string, Declared[]>();
  /** What was last said of each tunnel. */
  readonly #said = new Map<string, string>();

  constructor(options: HostTunnelsOptions) {
    this.#options = options;
    this.#table = new TunnelTable({
      clock: options.clock ?? SYSTEM_TUNNEL_CLOCK,
      onEvent: (event) => this.#tell(event),
    });
  }

  list(reference?: string): readonly TunnelStatus[] {
    const { find } = this.#options;
    return this.#table.list(reference === undefined ? undefined : find(reference).name);
  }

  get(reference: string, id: string): TunnelStatus {
    const { name } = this.#options.find(reference);
    const found = this.#table.list(name).filter((tunnel) => tunnel.id.startsWith(id));
    const [first] = found;
    if (first === undefined || id === "") {
      throw new OperationError("not-found", `Workload ${name} has no tunnel "${id}"`);
    }
    if (found.length > 1) {
      throw new OperationError("ambiguous", `Workload ${name} has several tunnels "${id}…"`);
    }
    return first;
  }

  async start(reference: string, tunnel: NewTunnel, signal?: AbortSignal): Promise<TunnelStatus> {
    const { name, workload, isStopped } = this.#options.find(reference);
    if (isStopped) {
      throw new OperationError("conflict", `Cannot tunnel to workload ${name}: it is stopped`);
    }
    const port = toPort(name, workload.service, tunnel.port);
    const started = await this.#start(name, { ...tunnel, port }, false, signal);
    const stop = (): void => void this.#table.stop(started.id);
    signal?.addEventListener("abort", stop, { once: true });
    await this.#table.settled(started.id);
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
    return this.#table.get(started.id) ?? started;
  }

  stop(reference: string, id: string): void {
    this.#table.stop(this.get(reference, id).id);
  }

  reconnect(reference: string, id: string): TunnelStatus {
    this.#table.reconnect(this.get(reference, id).id);
    return this.get(reference, id);
  }

  link(reference: string, id: string, path: string, ttl: number): string {
    const tunnel = this.get(reference, id);
    const link = this.#table.link(tunnel.id, path, this.#date() + ttl);
    if (link !== undefined) return link;
    const state = tunnel.access.link ? "it is not connected" : "it takes none";
    throw new OperationError("conflict", `Cannot make a link to tunnel ${tunnel.id}: ${state}`);
  }

  /**
   * Starts what the workloads with those IDs declare and have not, as far as they run, and stops what they do not
   * declare any more. Never rejects.
   */
  async settle(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const workload = this.#known(id);
      if (workload?.isStopped === false) await this.#begin(workload);
    }
  }

  async #begin({ name, workload }: TunnelledWorkload): Promise<void> {
    const before = this.#declared.get(name) ?? [];
    const now = workload.tunnels.map((declaration): Declared => {
      const index = before.findIndex((one) => isDeepStrictEqual(one.declaration, declaration));
      const [known] = before.splice(index, index < 0 ? 0 : 1);
      return known ?? { declaration, id: undefined, starting: undefined };
    });
    for (const { id } of before) if (id !== undefined) this.#table.stop(id);
    if (now.length === 0) this.#declared.delete(name);
    else this.#declared.set(name, now);
    // Whoever comes while one is being started waits for that one, and starts none of his own.
    for (const declared of now) {
      if (declared.id === undefined) await (declared.starting ??= this.#startOne(name, declared));
    }
  }

  async #startOne(name: string, declared: Declared): Promise<void> {
    try {
      const { id } = await this.#start(name, declared.declaration, true);
      // The workload may have been stopped, or replaced by a version without it, while files were read.
      if (this.#declared.get(name)?.includes(declared) === true) declared.id = id;
      else this.#table.stop(id);
    } catch (error) {
      const state = error instanceof Error ? error.message : String(error);
      this.#options.warn(
        `Workload ${name} has no tunnel to ${this.#addressed(declared.declaration).to}: ${state}`,
      );
    } finally {
      declared.starting = undefined;
    }
  }

  /** The workload was stopped or deleted. */
  leave(name: string): void {
    this.#declared.delete(name);
    this.#table.stopAll(name);
  }

  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
  }

  /** The workload, unless it was deleted meanwhile. */
  #known(reference: string): TunnelledWorkload | undefined {
    try {
      return this.#options.find(reference);
    } catch (error) {
      if (error instanceof OperationError) return undefined;
      throw error;
    }
  }

  async #start(
    name: string,
    declaration: TunnelDeclaration,
    isDeclared: boolean,
    signal?: AbortSignal,
  ): Promise<TunnelStatus> {
    const request = await toTunnelRequest(this.#addressed(declaration));
    signal?.throwIfAborted();
    // It may have been stopped or replaced while files were read.
    const { wayIn, isStopped } = this.#options.find(name);
    if (isStopped) {
      throw new OperationError("conflict", `Cannot tunnel to workload ${name}: it is stopped`);
    }
    try {
      return this.#table.start({ workload: name, wayIn, isDeclared }, request);
    } catch (error) {
      if (error instanceof TunnelLimitError) throw new OperationError("conflict", error.message);
      throw error;
    }
  }

  /** A secret is for its server alone: what names another gets none that it does not name itself. */
  #addressed(declaration: TunnelDeclaration): TunnelDeclaration & TunnelDefaults {
    const { to } = declaration;
    if (to !== undefined) return { ...declaration, to };
    const defaults = this.#options.defaults ?? { to: TUNNEL_SERVER_DEFAULT };
    const { secret = defaults.secret, caFile = defaults.caFile } = declaration;
    return { ...declaration, to: defaults.to, secret, caFile };
  }

  #tell(event: TunnelTableEvent): void {
    const { id, workload, state } = event.tunnel;
    const message = describeEvent(event);
    const publicUrl = state.tag === "connected" ? state.publicUrl : undefined;
    if (state.tag === "disconnected") this.#said.delete(id);
    else if (this.#said.get(id) === message) return;
    else this.#said.set(id, message);
    this.#options.emit({ tag: "tunnel", workload, id, state: state.tag, publicUrl, message });
  }

  #date(): number {
    return (this.#options.clock ?? SYSTEM_TUNNEL_CLOCK).date();
  }
}

function toPort(name: string, service: Service | undefined, port: number | string): number {
  if (typeof port === "number") return port;
  const ports = (service?.ports ?? []).filter(({ protocol }) => protocol === "tcp");
  const found = ports.find((one) => one.name === port);
  if (found !== undefined) return found.port;
  const names = ports.map((one) => `"${one.name}"`).join(", ");
  throw new OperationError(
    "not-found",
    `Workload ${name} declares no tcp port "${port}"${names === "" ? "" : `, but ${names}`}`,
  );
}
