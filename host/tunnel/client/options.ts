import type { WayIn } from "../../network/way-in.ts";
import type { Access } from "../access/access.ts";
import type { TunnelClock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { ServerAddress } from "./server-address.ts";

/**
 * What a tunnel is to do; a value. It leads to a port of one workload and cannot lead anywhere else:
 * there is no way to name a host.
 */
export interface TunnelRequest {
  /** The port inside of the workload's own network. */
  readonly port: number;
  readonly server: ServerAddress;
  /** The public port to ask for; undefined takes any, and asks for the same one after a drop. */
  readonly remotePort?: number | undefined;
  readonly secret?: Secret | undefined;
  /** PEM, instead of the certificate authorities that Node trusts; for `islets` only. */
  readonly certificateAuthorities?: string | undefined;
  readonly access?: Access | undefined;
  /** Visitors at a time; `MAX_CONNECTIONS_DEFAULT` without it. */
  readonly maxConnections?: number | undefined;
  /** Bytes a second, in both directions and of all visitors together. */
  readonly bandwidth?: number | undefined;
  /** Milliseconds after which it ends by itself. */
  readonly expiresAfter?: number | undefined;
  /** Milliseconds without a byte after which a visitor is sent away. */
  readonly idleTimeout?: number | undefined;
}

/** What a tunnel is made of besides. */
export interface TunnelParts {
  readonly wayIn: WayIn;
  readonly clock: TunnelClock;
  /** Shared by all tunnels to the same server. */
  readonly budget: RetryBudget;
  readonly onEvent: (event: TunnelEvent) => void;
  readonly backoff?: BackoffOptions | undefined;
  readonly timing?: Partial<TunnelTiming> | undefined;
}

/** Milliseconds. */
export interface TunnelTiming {
  /** A connection that held for so long was a good one: the next drop is the first again. */
  readonly stableAfter: number;
  /** How long the public port of before is asked for while somebody holds it; the server may not have noticed the drop. */
  readonly patience: number;
  /** How long a visitor waits while nothing listens on the port. */
  readonly holdTimeout: number;
}

export const TIMING_DEFAULT: TunnelTiming = {
  stableAfter: 30_000,
  patience: 60_000,
  holdTimeout: 10_000,
};

export const MAX_CONNECTIONS_DEFAULT = 256;

/** What happens to a tunnel, beside its changes of state. */
export type TunnelEvent =
  | { readonly tag: "state" }
  /** It is reached under another address than before. */
  | { readonly tag: "url"; readonly url: string; readonly previous: string }
  /** Something that its user should see; a sentence. */
  | { readonly tag: "warning"; readonly message: string };
