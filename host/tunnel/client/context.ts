import type { TunnelClock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import type { ServerAddress } from "./server-address.ts";

/** What every connection of a tunnel to its server needs. */
export interface ClientContext {
  readonly server: ServerAddress;
  readonly secret: Secret | undefined;
  /** PEM; instead of those that Node trusts. */
  readonly certificateAuthorities?: string | undefined;
  readonly clock: TunnelClock;
}
