/**
 * The PROXY protocol of a published port: `in` reads a header of either version, which a proxy in front puts before
 * the visitor's bytes; `out` and `out-v1` put one of version 2, or 1, before them for the guest.
 */
export type ProxyUse = (typeof PROXY_USES)[number];

export const PROXY_USES = ["in", "out", "out-v1"] as const;

/** How a published port treats who comes; what is not there is as the host has it. */
export interface PublishOptions {
  /** TCP only. */
  readonly proxyProtocol?: ProxyUse | undefined;
  /** Connections at a time, those that wait included; for UDP, visitors. */
  readonly maxConnections?: number | undefined;
  /** Milliseconds without a byte after which a connection is reset; for UDP, a visitor is forgotten. */
  readonly idleTimeout?: number | undefined;
}
