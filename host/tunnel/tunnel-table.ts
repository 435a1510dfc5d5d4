import type { WayIn } from "../network/way-in.ts";
import { needsHttp } from "./access/access.ts";
import type { TunnelClock } from "./clock.ts";
import type { BackoffOptions } from "./client/backoff.ts";
import type { TunnelEvent, TunnelRequest, TunnelTiming } from "./client/options.ts";
import { RetryBudget } from "./client/retry-budget.ts";
import { serverText } from "./client/server-address.ts";
import { watchSleep } from "./client/sleep-watch.ts";
import { Tunnel } from "./client/tunnel.ts";
import { trafficNotice } from "./notice.ts";
import type { TunnelStatus } from "./status.ts";

export interface TunnelTableOptions {
  readonly clock: TunnelClock;
  readonly onEvent: (event: TunnelTableEvent) => void;
  readonly backoff?: BackoffOptions | undefined;
  readonly timing?: Partial<TunnelTiming> | undefined;
}

/** What happens to the tunnels of a host. */
export type TunnelTableEvent =
  /** A tunnel is in another state than before. */
  | { readonly tag: "tunnel"; readonly tunnel: TunnelStatus }
  | { readonly tag: "tunnel-url"; readonly tunnel: TunnelStatus; readonly previous: string }
  /** Something that its user should see; a sentence. */
  | { readonly tag: "tunnel-warning"; readonly tunnel: TunnelStatus; readonly message: string };

/** Who a tunnel is for. */
export interface TunnelOwner {
  /** The workload's ID. */
  readonly workload: string;
  readonly wayIn: WayIn;
  readonly isDeclared: boolean;
}

/** Tunnels that one workload may have at a time, and all of them together. */
export const TUNNELS_PER_WORKLOAD = 16;
const TUNNELS_MAX = 256;

/** A tunnel that cannot be started; the message is for its user. */
export class TunnelLimitError extends Error {
  override readonly name = "TunnelLimitError";
}

interface Entry {
  readonly tunnel: Tunnel;
  readonly owner: TunnelOwner;
}

/** The tunnels of a host. Disposing it stops them all. */
export class TunnelTable implements Disposable {
  readonly #options: TunnelTableOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #budgets = new Map<string, RetryBudget>();
  /** Servers that the user was told of. */
  readonly #told = new Set<string>();
  #sleepWatch: Disposable | undefined;

  constructor(options: TunnelTableOptions) {
    this.#options = options;
  }

  /** All tunnels, or those of one workload, the oldest first. */
  list(workload?: string): readonly TunnelStatus[] {
    return [...this.#entries.values()]
      .filter(({ owner }) => workload === undefined || owner.workload === workload)
      .map(toStatus);
  }

  /** The tunnel with that ID, as long as it was not stopped. */
  get(id: string): TunnelStatus | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : toStatus(entry);
  }

  /** Starts a tunnel, and does not wait for it. Throws `TunnelLimitError`. */
  start(owner: TunnelOwner, request: TunnelRequest): TunnelStatus {
    const { clock, backoff, timing } = this.#options;
    if (this.list(owner.workload).length >= TUNNELS_PER_WORKLOAD) {
      throw new TunnelLimitError(
        `Cannot start a tunnel: the workload has ${TUNNELS_PER_WORKLOAD} already`,
      );
    }
    if (this.#entries.size >= TUNNELS_MAX) {
      throw new TunnelLimitError(`Cannot start a tunnel: the host has ${TUNNELS_MAX} already`);
    }
    this.#sleepWatch ??= watchSleep(clock, () => {
      for (const { tunnel } of this.#entries.values()) tunnel.verify();
    });
    const tunnel: Tunnel = new Tunnel(request, {
      wayIn: owner.wayIn,
      clock,
      budget: this.#budgetOf(serverText(request.server)),
      onEvent: (event) => this.#tell(tunnel, event),
      backoff,
      timing,
    });
    const entry = { tunnel, owner };
    this.#entries.set(tunnel.id, entry);
    this.#notice(entry);
    return toStatus(entry);
  }

  /** Waits until the first attempt of a tunnel came to its end, or until it is stopped. */
  async settled(id: string): Promise<void> {
    await this.#entries.get(id)?.tunnel.settled;
  }

  /** Makes a tunnel try again at once; false where there is none with that ID. */
  reconnect(id: string): boolean {
    const entry = this.#entries.get(id);
    entry?.tunnel.reconnect();
    return entry !== undefined;
  }

  /**
   * A signed link to `path`, valid until `expiresAt`; undefined where the tunnel takes none
   * or has no public address now.
   */
  link(id: string, path: string, expiresAt: number): string | undefined {
    const { tunnel } = this.#entries.get(id) ?? {};
    const key = tunnel?.request.access?.link;
    if (tunnel?.state.tag !== "connected" || key === undefined) return undefined;
    const url = new URL(tunnel.state.publicUrl);
    const [pathname = "/", search = ""] = path.split("?", 2);
    url.pathname = pathname;
    url.search = search;
    url.searchParams.set("islet-link", key.sign(expiresAt));
    return url.href;
  }

  /** Stops a tunnel and forgets it; false where there is none with that ID. */
  stop(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.tunnel[Symbol.dispose]();
    this.#forget(id);
    return true;
  }

  /** Stops all tunnels of a workload. */
  stopAll(workload: string): void {
    for (const { id } of this.list(workload)) this.stop(id);
  }

  [Symbol.dispose](): void {
    for (const id of this.#entries.keys()) this.stop(id);
  }

  #forget(id: string): void {
    this.#entries.delete(id);
    if (this.#entries.size > 0) return;
    this.#sleepWatch?.[Symbol.dispose]();
    this.#sleepWatch = undefined;
    this.#budgets.clear();
  }

  #budgetOf(server: string): RetryBudget {
    let budget = this.#budgets.get(server);
    if (budget === undefined) {
      budget = new RetryBudget(this.#options.clock);
      this.#budgets.set(server, budget);
    }
    return budget;
  }

  #notice(entry: Entry): void {
    const { request } = entry.tunnel;
    const server = serverText(request.server);
    if (this.#told.has(server)) return;
    this.#told.add(server);
    const { access = {} } = request;
    const message = trafficNotice(request.server, needsHttp(access) || access.from !== undefined);
    this.#options.onEvent({ tag: "tunnel-warning", tunnel: toStatus(entry), message });
  }

  #tell(tunnel: Tunnel, event: TunnelEvent): void {
    const entry = this.#entries.get(tunnel.id);
    if (entry === undefined) return;
    const status = toStatus(entry);
    const { onEvent } = this.#options;
    switch (event.tag) {
      case "state":
        onEvent({ tag: "tunnel", tunnel: status });
        // It expired: whoever stops a tunnel takes it out afterwards, so this is harmless there.
        if (status.state.tag === "disconnected") this.#forget(tunnel.id);
        break;
      case "url":
        onEvent({ tag: "tunnel-url", tunnel: status, previous: event.previous });
        break;
      case "warning":
        onEvent({ tag: "tunnel-warning", tunnel: status, message: event.message });
        break;
    }
  }
}

function toStatus({ tunnel, owner }: Entry): TunnelStatus {
  const { id, request, state, startedAt, expiresAt, statistics } = tunnel;
  const { basic, link, from } = request.access ?? {};
  return {
    id,
    workload: owner.workload,
    port: request.port,
    server: serverText(request.server),
    state,
    startedAt,
    expiresAt,
    access: { basic: basic !== undefined, link: link !== undefined, from: from !== undefined },
    isDeclared: owner.isDeclared,
    statistics,
  };
}
