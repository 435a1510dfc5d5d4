import type { SocketAddress } from "node:net";
import type { Connection, Listener, PortReservation } from "../../network/network.ts";
import type { WaitList } from "../../network/wait-list.ts";
import type { Operation } from "./operation.ts";
import type { SharedConnection } from "./shared-connection.ts";

/**
 * Where a `tcp-socket` stands, after "Operational semantics of WASI TCP sockets"
 * (TcpSocketOperationalSemantics.md of wasi-sockets 0.2), whose `*-in-progress` is `*-started` here:
 *
 * ```
 * unbound ─ bind-started ─ bound ─ listen-started ─ listening
 *    └──────────────────────┴──── connect-started ─ connected
 * ```
 *
 * A failed bind leads back to `unbound`, a failed listen or connect to `closed`.
 * That document lets a socket leave `connected` when its connection ends; here it stays,
 * so that a guest can still ask for its addresses.
 */
export type TcpState =
  | { readonly tag: "unbound" }
  | { readonly tag: "bind-started"; readonly operation: Operation<PortReservation> }
  | { readonly tag: "bound"; readonly reservation: PortReservation }
  | {
      readonly tag: "listen-started";
      readonly reservation: PortReservation;
      readonly operation: Operation<Listener>;
    }
  | { readonly tag: "listening"; readonly listener: Listener }
  | {
      readonly tag: "connect-started";
      readonly remote: SocketAddress;
      readonly reservation: PortReservation | undefined;
      readonly operation: Operation<Connection>;
      readonly abort: AbortController;
    }
  | { readonly tag: "connected"; readonly shared: SharedConnection }
  | { readonly tag: "closed" };

/** Whether a pollable of a socket in this state is ready. */
export function isReady(state: TcpState): boolean {
  switch (state.tag) {
    case "bind-started":
    case "listen-started":
    case "connect-started":
      return state.operation.settled;
    case "listening":
      return state.listener.pending > 0;
    case "unbound":
    case "bound":
    case "connected": // "To poll for I/O readiness, subscribe to the input and output streams."
    case "closed":
      return true;
  }
}

/** Notified when `isReady` of this state becomes true; undefined where it always is. */
export function waitListOf(state: TcpState): WaitList | undefined {
  switch (state.tag) {
    case "bind-started":
    case "listen-started":
    case "connect-started":
      return state.operation.whenSettled;
    case "listening":
      return state.listener.whenPending;
    case "unbound":
    case "bound":
    case "connected":
    case "closed":
      return undefined;
  }
}

/** Gives back whatever a socket in this state holds. */
export function disposeState(state: TcpState): void {
  switch (state.tag) {
    case "bind-started":
      state.operation[Symbol.dispose]();
      return;
    case "bound":
      state.reservation[Symbol.dispose]();
      return;
    case "listen-started":
      state.operation[Symbol.dispose]();
      state.reservation[Symbol.dispose]();
      return;
    case "listening":
      state.listener[Symbol.dispose]();
      return;
    case "connect-started":
      state.abort.abort();
      state.operation[Symbol.dispose]();
      state.reservation?.[Symbol.dispose]();
      return;
    case "connected":
      state.shared.release();
      return;
    case "unbound":
    case "closed":
      return;
  }
}
