import type { TunnelClock } from "../clock.ts";
import type { Secret } from "../secret.ts";

/** What a tunnel server is started with. */
export interface TunnelServerOptions {
  /** Where clients connect: an address of this machine, and a port, 0 for any. */
  readonly bind: string;
  readonly port: number;
  /** The address that tunnels' public ports are opened on; `bind` without it. */
  readonly bindTunnels?: string | undefined;
  /** Public ports that it gives out, both ends included. */
  readonly minPort: number;
  readonly maxPort: number;
  /** Whoever knows one of them may open tunnels; without any, everybody may. */
  readonly secrets: readonly Secret[];
  /** PEM; with it, Islets may ask for TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  readonly limits?: Partial<TunnelServerLimits> | undefined;
  readonly clock: TunnelClock;
  readonly onEvent: (event: TunnelServerEvent) => void;
  /** From 0 to 1, 1 excluded; picks ports. */
  readonly random?: (() => number) | undefined;
}

/** What a server bears at most. */
export interface TunnelServerLimits {
  /** Tunnels that are open. */
  readonly tunnels: number;
  /** Connections of visitors to one tunnel, waiting ones included. */
  readonly connections: number;
  /** Of those, the ones that wait for the client. */
  readonly pending: number;
  /** Connections of clients that have not said yet what they want. */
  readonly greetings: number;
}

export const SERVER_LIMITS_DEFAULT: TunnelServerLimits = {
  tunnels: 256,
  connections: 512,
  pending: 128,
  greetings: 512,
};

/** What happens at a server. `peer` is the address of the client. */
export type TunnelServerEvent =
  | { readonly tag: "opened"; readonly port: number; readonly peer: string }
  | { readonly tag: "taken-over"; readonly port: number; readonly peer: string }
  | {
      readonly tag: "closed";
      readonly port: number;
      readonly peer: string;
      readonly reason: string;
    }
  | { readonly tag: "refused"; readonly peer: string; readonly reason: string }
  /** Visitors that were sent away or not fetched in time. */
  | { readonly tag: "lost"; readonly port: number; readonly reason: string }
  /** The process has no descriptor left, or the operating system refused otherwise to take a connection. */
  | { readonly tag: "exhausted"; readonly reason: string };
