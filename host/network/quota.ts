import { SocketError } from "./error.ts";

/**
 * What a network takes from its quota. Each follows a count of the network:
 * - `socket`: a local port that is held, by a reservation, a listener, the client of a connection or a UDP socket;
 * - `listener`: an open listener;
 * - `connection`: an open end of a connection, or one that a connect waits for; a virtual connection has two;
 * - `page`: `QUOTA_PAGE` bytes of memory in which data waits for its reader;
 * - `lookup`: a name lookup in flight, which is for whoever looks names up;
 * - `file`: an open file or directory of a guest, which is for whoever opens them.
 */
export type QuotaKind = "socket" | "listener" | "connection" | "page" | "lookup" | "file";

/** Bytes of one `page`. */
export const QUOTA_PAGE = 4096;

/** Counts what a network holds, and bounds it. The owner of a network provides it, so a network knows no limits. */
export interface NetworkQuota {
  /** Takes `count` of `kind`, all or none, and returns whether they were there. Whoever took gives back, once. */
  acquire(kind: QuotaKind, count: number): boolean;
  /** Takes `count` of `kind` even past the limit, for what was promised already. */
  charge(kind: QuotaKind, count: number): void;
  /** Gives `count` of `kind` back. */
  release(kind: QuotaKind, count: number): void;
  /** Whether `count` of `kind` are there now; another thread may take them in the next moment. */
  hasRoom(kind: QuotaKind, count: number): boolean;
}

/** Counts nothing and has everything. */
export const NO_QUOTA: NetworkQuota = Object.freeze({
  acquire: () => true,
  charge: () => undefined,
  release: () => undefined,
  hasRoom: () => true,
});

/**
 * Takes `count` of `kind` for what `make` makes; where that fails, they are given back.
 * Error: `new-socket-limit`, with `act` for what could not be done: `connect to 127.0.0.1:80`.
 */
export function claim<T>(
  quota: NetworkQuota,
  [kind, count]: readonly [kind: "socket" | "listener" | "connection", count: number],
  act: string,
  make: () => T,
): T {
  if (!quota.acquire(kind, count)) throw exhausted(kind, act);
  try {
    return make();
  } catch (error) {
    quota.release(kind, count);
    throw error;
  }
}

/** Why nothing more of `kind` is to be had. */
export function exhausted(kind: QuotaKind, act: string): SocketError {
  return new SocketError("new-socket-limit", `Cannot ${act}: the ${kind} quota is used up`);
}
