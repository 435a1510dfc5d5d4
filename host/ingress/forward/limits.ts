/** Bounds of one forward. Times are milliseconds. */
export interface ForwardLimits {
  /** Connections at a time, those that wait included; for UDP, visitors at a time. */
  readonly connections: number;
  /** The same from one address; loopback, where a machine's own proxies come from, has the first bound only. */
  readonly connectionsPerVisitor: number;
  /** Connections that may wait while nothing listens. */
  readonly parked: number;
  /** How long each of them may wait. */
  readonly parkTimeout: number;
  /** How long a connection may be without a byte; undefined for as long as it likes. */
  readonly idleTimeout: number | undefined;
  /** The same once one side has ended. */
  readonly halfOpenTimeout: number;
  /** How long a visitor of UDP is remembered without a datagram (RFC 4787 §4.3 asks for two minutes at least). */
  readonly flowTimeout: number;
}

export const FORWARD_LIMITS: ForwardLimits = {
  connections: 8192,
  connectionsPerVisitor: 512,
  parked: 256,
  parkTimeout: 30_000,
  idleTimeout: undefined,
  halfOpenTimeout: 60_000,
  flowTimeout: 120_000,
};
