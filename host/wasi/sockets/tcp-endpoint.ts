import type { SocketAddress } from "node:net";
import type {
  IpAddressFamily,
  IpSocketAddress,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../network/error.ts";
import type { Connection } from "../../network/network.ts";
import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import type { Condition } from "../io/suspend.ts";
import { toSocketAddress } from "./address.ts";
import { checkLocalAddress, checkRemoteAddress } from "./address-check.ts";
import { Operation } from "./operation.ts";
import { permit } from "./permit.ts";
import { SharedConnection } from "./shared-connection.ts";
import { TcpSettings } from "./tcp-settings.ts";
import { disposeState, isReady, type TcpState, waitListOf } from "./tcp-state.ts";

/**
 * The state machine behind one `tcp-socket`: it asks policy, then acts on the guest's network.
 * Whatever fails throws a `SocketError`. "Calling a method from the wrong state returns
 * `error(invalid-state)` and does not affect the state of the socket."
 */
export class TcpEndpoint implements Condition, Disposable {
  readonly family: IpAddressFamily;
  readonly settings: TcpSettings;
  readonly #guest: Guest;
  #state: TcpState = { tag: "unbound" };
  /** Whether a listener hands out connections whose options are older than `settings`. */
  #settingsChanged = false;
  #never: WaitList | undefined;

  constructor(guest: Guest, family: IpAddressFamily, settings: TcpSettings = new TcpSettings()) {
    this.#guest = guest;
    this.family = family;
    this.settings = settings;
  }

  /** An endpoint for a connection that a listener accepted: "in immediately in the `connected` state". */
  static accepted(guest: Guest, listener: TcpEndpoint, shared: SharedConnection): TcpEndpoint {
    const endpoint = new TcpEndpoint(guest, listener.family, listener.settings.clone());
    endpoint.#state = { tag: "connected", shared };
    return endpoint;
  }

  get state(): TcpState {
    return this.#state;
  }

  get ready(): boolean {
    return isReady(this.#state);
  }

  get waitList(): WaitList {
    // A state that is always ready needs no list, but whoever asks all the same must get one.
    return waitListOf(this.#state) ?? (this.#never ??= new WaitList());
  }

  startBind(address: IpSocketAddress): void {
    const state = this.#state;
    // WIT: "The socket is already bound."
    if (state.tag !== "unbound") throw cannotStart("bind", state);
    checkLocalAddress(this.family, address);
    // A bind is never permitted but on the workload's own network.
    const { address: local } = permit(this.#guest, "tcp-bind", toSocketAddress(address));
    const operation = new Operation(() => this.#guest.network.bind(local));
    this.#state = { tag: "bind-started", operation };
  }

  finishBind(): void {
    const state = this.#state;
    // WIT: "A `bind` operation is not in progress."
    if (state.tag !== "bind-started") throw notInProgress("bind", state);
    const { operation } = state;
    // WIT: "Bind can be attempted multiple times on the same socket [...] as long as the previous bind failed."
    if (operation.settled) this.#state = { tag: "unbound" };
    this.#state = { tag: "bound", reservation: operation.finish() };
  }

  startListen(): void {
    const state = this.#state;
    // WIT: "The socket is not bound to any local address." and "already in the `listening` state."
    if (state.tag !== "bound") throw cannotStart("listen", state);
    const { reservation } = state;
    const options = {
      backlog: this.settings.listenBacklogSize,
      tcp: this.settings.toTcpOptions(),
    };
    this.#settingsChanged = false;
    const operation = new Operation(() => this.#guest.network.listen(reservation, options));
    this.#state = { tag: "listen-started", reservation, operation };
  }

  finishListen(): void {
    const state = this.#state;
    // WIT: "A listen operation is not in progress."
    if (state.tag !== "listen-started") throw notInProgress("listen", state);
    const { operation } = state;
    try {
      this.#state = { tag: "listening", listener: operation.finish() };
    } catch (error) {
      if (operation.settled) this.#close();
      throw error;
    }
  }

  startConnect(address: IpSocketAddress): void {
    const state = this.#state;
    // WIT: "The socket is already in the `connected` state." and the same of `listening`.
    if (state.tag !== "unbound" && state.tag !== "bound") throw cannotStart("connect", state);
    const reservation = state.tag === "bound" ? state.reservation : undefined;
    try {
      checkRemoteAddress(this.family, address);
      const remote = toSocketAddress(address);
      const permitted = permit(this.#guest, "tcp-connect", remote);
      const abort = new AbortController();
      const options = { tcp: this.settings.toTcpOptions(), signal: abort.signal };
      const operation = new Operation(() =>
        permitted.plane === "virtual"
          ? this.#guest.network.connect(permitted.address, { ...options, reservation })
          : // A bound port is one of the workload's own network: it says nothing about the machine's.
            permitted.network.connect(permitted.address, options),
      );
      this.#state = { tag: "connect-started", remote, reservation, operation, abort };
    } catch (error) {
      // WIT: "After a failed connection attempt, the socket will be in the `closed` state".
      this.#close();
      throw error;
    }
  }

  /** The connection for the socket and its two streams to hold. */
  finishConnect(): SharedConnection {
    const state = this.#state;
    // WIT: "A connect operation is not in progress."
    if (state.tag !== "connect-started") throw notInProgress("connect", state);
    const { operation, remote, reservation } = state;
    try {
      const shared = new SharedConnection(operation.finish(), reservation, remote);
      this.#state = { tag: "connected", shared };
      return shared;
    } catch (error) {
      if (operation.settled) this.#close();
      throw error;
    }
  }

  /** The oldest waiting connection, or undefined, which a guest sees as `would-block`. */
  accept(): Connection | undefined {
    const state = this.#state;
    // WIT: "Socket is not in the `listening` state."
    if (state.tag !== "listening") throw invalidState("accept", state);
    const connection = state.listener.accept();
    if (this.#settingsChanged) connection?.configure(this.settings.toTcpOptions());
    return connection;
  }

  get localAddress(): SocketAddress {
    const state = this.#state;
    switch (state.tag) {
      case "bound":
      case "listen-started":
        return state.reservation.local;
      case "listening":
        return state.listener.local;
      case "connected":
        return state.shared.connection.local;
      case "connect-started":
        if (state.reservation !== undefined) return state.reservation.local;
        throw invalidState("tell the local address", state);
      // WIT: "requires `local-address` to return `invalid-state` when the socket hasn't been bound yet."
      case "unbound":
      case "bind-started":
      case "closed":
        throw invalidState("tell the local address", state);
    }
  }

  get remoteAddress(): SocketAddress {
    const state = this.#state;
    // WIT: "The socket is not connected to a remote address."
    if (state.tag !== "connected") {
      throw invalidState("tell the remote address", state);
    }
    return state.shared.remote;
  }

  setListenBacklogSize(value: bigint): void {
    const state = this.#state;
    // WIT: "The socket is in the `connect-in-progress` or `connected` state."
    if (state.tag === "connect-started" || state.tag === "connected" || state.tag === "closed") {
      throw invalidState("set the backlog", state);
    }
    this.settings.setListenBacklogSize(value);
    if (state.tag === "listening") state.listener.setBacklog(this.settings.listenBacklogSize);
  }

  /** Puts changed `settings` into force where they already apply. */
  applySettings(): void {
    const state = this.#state;
    if (state.tag === "connected") state.shared.connection.configure(this.settings.toTcpOptions());
    else this.#settingsChanged = true;
  }

  shutdown(receive: boolean, send: boolean): void {
    const state = this.#state;
    // WIT: "The socket is not in the `connected` state."
    if (state.tag !== "connected") throw invalidState("shut down", state);
    const { source, sink } = state.shared.connection;
    // WIT: "Any data still in the receive queue at time of calling this method will be discarded."
    if (receive) source.cancel();
    // WIT: "The `output-stream` associated with this socket will be closed and a FIN packet will be sent."
    if (send) sink.end();
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #close(): void {
    const state = this.#state;
    this.#state = { tag: "closed" };
    disposeState(state);
  }
}

function invalidState(verb: string, state: TcpState): SocketError {
  return new SocketError("invalid-state", `Cannot ${verb}: the socket is ${state.tag}`);
}

/** Why a `start-*` function cannot begin in `state`. */
function cannotStart(verb: string, state: TcpState): SocketError {
  switch (state.tag) {
    case "bind-started":
    case "listen-started":
    case "connect-started":
      // WIT: "This operation is incompatible with another asynchronous operation that is already in progress."
      return new SocketError("concurrency-conflict", `Cannot ${verb}: the socket is ${state.tag}`);
    case "unbound":
    case "bound":
    case "listening":
    case "connected":
    case "closed":
      return invalidState(verb, state);
  }
}

function notInProgress(verb: string, state: TcpState): SocketError {
  return new SocketError("not-in-progress", `Cannot finish to ${verb}: the socket is ${state.tag}`);
}
