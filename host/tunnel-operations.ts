/** What can be asked of a running host about ports of its workloads that tunnel servers publish. */
import type { TunnelDeclaration } from "./manifest/tunnel.ts";
import type { TunnelStatus } from "./tunnel/status.ts";

/** A tunnel that somebody asks for. */
export interface NewTunnel extends Omit<TunnelDeclaration, "port"> {
  /** A TCP port of the workload, by number or by the name that its manifest gives it. */
  readonly port: number | string;
}

/** Every `reference` names a workload, as it does for `HostOperations`. A status names it `namespace/name`. */
export interface TunnelOperations {
  /** Those of one workload or of all, the oldest first. Throws `OperationError`, as all that take a reference do. */
  list(reference?: string): readonly TunnelStatus[];
  /** Throws `OperationError` (`not-found`) where the workload has no such tunnel. `id` may be the beginning of one. */
  get(reference: string, id: string): TunnelStatus;
  /**
   * Starts a tunnel, and comes back when its first attempt to connect came to an end, whatever that was.
   * It stays through restarts and new versions of the workload, and ends when it is stopped, when its time is over,
   * or when the workload is stopped or deleted. Aborting `signal` before this comes back stops it at once.
   * Rejects with the reason of `signal`, with `OperationError` (`conflict` for a workload that is stopped or has too many), and with
   * `TunnelRequestError` for what cannot be a tunnel.
   */
  start(reference: string, tunnel: NewTunnel, signal?: AbortSignal): Promise<TunnelStatus>;
  /** Gives its public port up, resets its visitors and forgets it. */
  stop(reference: string, id: string): void;
  /** Connects anew at once. */
  reconnect(reference: string, id: string): TunnelStatus;
  /** A signed link to `path`, valid for `ttl` milliseconds. Throws `OperationError` where the tunnel takes none now. */
  link(reference: string, id: string, path: string, ttl: number): string;
}
