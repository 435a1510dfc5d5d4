import type { SocketAddress } from "node:net";
import type {
  IpAddressFamily,
  IpSocketAddress,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../network/error.ts";
import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import type { Condition } from "../io/suspend.ts";
import { toSocketAddress } from "./address.ts";
import { checkDatagramAddress, checkFamily, isUnspecified } from "./address-check.ts";
import { Operation } from "./operation.ts";
import { permit } from "./permit.ts";
import { UdpCarrier } from "./udp-carrier.ts";
import { UdpSettings } from "./udp-settings.ts";

/** Where a `udp-socket` stands; it never goes back. */
type UdpState =
  | { readonly tag: "unbound" }
  | { readonly tag: "bind-started"; readonly operation: Operation<UdpCarrier> }
  | { readonly tag: "bound"; readonly carrier: UdpCarrier }
  | { readonly tag: "closed" };

/**
 * The state machine behind one `udp-socket` and its streams, which hold it together: it is closed when the last of
 * them is dropped. Whatever fails throws a `SocketError`.
 */
export class UdpEndpoint implements Condition {
  readonly family: IpAddressFamily;
  readonly settings: UdpSettings = new UdpSettings();
  readonly #guest: Guest;
  readonly #never = new WaitList();
  #state: UdpState = { tag: "unbound" };
  #holders = 0;
  #streams = 0;

  constructor(guest: Guest, family: IpAddressFamily) {
    this.#guest = guest;
    this.family = family;
  }

  /** Whether a function of the socket has an answer other than `would-block`. */
  get ready(): boolean {
    return this.#state.tag !== "bind-started" || this.#state.operation.settled;
  }

  get waitList(): WaitList {
    return this.#state.tag === "bind-started" ? this.#state.operation.whenSettled : this.#never;
  }

  /** One more holder, who gives it up by `release`. */
  hold(): void {
    this.#holders += 1;
  }

  /** One holder is gone. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const state = this.#state;
    this.#state = { tag: "closed" };
    if (state.tag === "bound") state.carrier[Symbol.dispose]();
    else if (state.tag === "bind-started") state.operation[Symbol.dispose]();
  }

  startBind(address: IpSocketAddress): void {
    const state = this.#state;
    if (state.tag === "bind-started") {
      throw new SocketError("concurrency-conflict", "Cannot bind: a bind is in progress");
    }
    // WIT: "The socket is already bound. (EINVAL)"
    if (state.tag !== "unbound") throw invalidState("bind", state);
    checkFamily("bind", this.family, address);
    // A bind is never permitted but on the workload's own network.
    const { address: local } = permit(this.#guest, "udp-bind", toSocketAddress(address));
    const operation = new Operation(
      () =>
        new UdpCarrier({
          guest: this.#guest,
          virtual: this.#guest.network.bindUdp(local, { udp: this.settings.toUdpOptions() }),
          isUnspecified: isUnspecified(address),
          settings: this.settings,
        }),
    );
    this.#state = { tag: "bind-started", operation };
  }

  finishBind(): void {
    const state = this.#state;
    // WIT: "A `bind` operation is not in progress."
    if (state.tag !== "bind-started") {
      throw new SocketError("not-in-progress", `Cannot finish to bind: the socket is ${state.tag}`);
    }
    const { operation } = state;
    if (operation.settled) this.#state = { tag: "unbound" };
    this.#state = { tag: "bound", carrier: operation.finish() };
  }

  /**
   * Connects the socket to `remote` or to nobody, and returns the number of the streams that this is for.
   * WIT: "only the most recently returned pair of streams will be operational."
   */
  stream(remote: IpSocketAddress | undefined): number {
    const state = this.#state;
    // WIT: "Unlike in POSIX, the socket must already be explicitly bound."
    if (state.tag !== "bound") throw invalidState("stream", state);
    if (remote !== undefined) checkDatagramAddress(this.family, remote);
    state.carrier.connect(remote && toSocketAddress(remote));
    this.#streams += 1;
    return this.#streams;
  }

  /** What carries the datagrams of the pair of streams with this number; undefined once another pair took its place. */
  carrierOf(stream: number): UdpCarrier | undefined {
    const state = this.#state;
    return state.tag === "bound" && stream === this.#streams ? state.carrier : undefined;
  }

  get localAddress(): SocketAddress {
    const state = this.#state;
    // WIT: "requires `local-address` to return `invalid-state` when the socket hasn't been bound yet."
    if (state.tag !== "bound") throw invalidState("tell the local address", state);
    return state.carrier.local;
  }

  get remoteAddress(): SocketAddress {
    const state = this.#state;
    const remote = state.tag === "bound" ? state.carrier.remote : undefined;
    // WIT: "The socket is not streaming to a specific remote address. (ENOTCONN)"
    if (remote === undefined) throw invalidState("tell the remote address", state);
    return remote;
  }

  /** Puts changed `settings` into force. */
  applySettings(): void {
    if (this.#state.tag === "bound") this.#state.carrier.configure();
  }
}

function invalidState(verb: string, state: UdpState): SocketError {
  return new SocketError("invalid-state", `Cannot ${verb}: the socket is ${state.tag}`);
}
