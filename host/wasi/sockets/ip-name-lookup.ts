import { isIP, SocketAddress } from "node:net";
import type { IpAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { decideLookup } from "../../../policy/decide-lookup.ts";
import type { Denial } from "../../../policy/decision.ts";
import { SocketError } from "../../network/error.ts";
import { WaitList } from "../../network/wait-list.ts";
import { resolvePermitted } from "../egress/resolve-permitted.ts";
import { checkText } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Resource } from "../resource.ts";
import { fromIpText } from "./address.ts";
import { answer } from "./answer.ts";

/**
 * `wasi:sockets/ip-name-lookup.resolve-addresses` for `guest`. IP addresses and the names of the internal zone have
 * an answer at once; other names go to the resolver where policy lets them, and get `permanent-resolver-failure`
 * where it does not.
 */
export function resolveAddresses(guest: Guest, name: string): ResolveAddressStream {
  return answer(() => {
    const stream = new ResolveAddressStream(guest);
    try {
      stream.begin(name);
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
    return stream;
  });
}

type Lookup =
  | { readonly tag: "pending" }
  | { readonly tag: "found"; readonly addresses: readonly IpAddress[] }
  | { readonly tag: "failed"; readonly error: unknown };

/** `wasi:sockets/ip-name-lookup.resolve-address-stream`; dropping it gives the lookup up. */
export class ResolveAddressStream extends Resource {
  readonly #abort = new AbortController();
  readonly #whenSettled = new WaitList();
  #lookup: Lookup = { tag: "pending" };
  #next = 0;

  // oxlint-disable-next-line no-useless-constructor -- It is public where the inherited one is protected.
  constructor(guest: Guest) {
    super(guest);
  }

  /** Looks `name` up. Throws a `SocketError` where that is refused at once. */
  begin(name: string): void {
    const { guest } = this;
    const { signal } = this.#abort;
    const decision = decideLookup(guest.policy, checkText(name));
    switch (decision.tag) {
      case "known":
        this.#lookup = { tag: "found", addresses: decision.addresses.map(toIpAddress) };
        return;
      case "deny":
        this.#refuse(name, decision);
        return;
      case "resolve":
        resolvePermitted(guest, { use: "lookup", text: decision.name }, decision, signal).then(
          (addresses) => this.#settle({ tag: "found", addresses: addresses.map(toIpAddress) }),
          (error: unknown) => this.#settle({ tag: "failed", error }),
        );
    }
  }

  /** WIT: "If all addresses have been exhausted, this function returns `none`." */
  resolveNextAddress(): IpAddress | undefined {
    return answer(() => {
      const lookup = this.#lookup;
      // WIT: "A result is not available yet. (EWOULDBLOCK, EAGAIN)"
      if (lookup.tag === "pending") throw new SocketError("would-block", "No answer came yet");
      if (lookup.tag === "failed") throw lookup.error;
      const address = lookup.addresses[this.#next];
      this.#next += 1;
      return address;
    });
  }

  subscribe(): Pollable {
    const isReady = (): boolean => this.#lookup.tag !== "pending";
    return new Pollable(this.guest, {
      get ready() {
        return isReady();
      },
      waitList: this.#whenSettled,
    });
  }

  protected override drop(): void {
    this.#abort.abort(new SocketError("connection-aborted", "Nobody waits for the answer"));
  }

  #refuse(name: string, { rule, reason }: Denial): void {
    // WIT: "`name` is a syntactically invalid domain name or IP address."
    if (rule === "invalid-name") {
      throw new SocketError("invalid-argument", `Cannot resolve a name: ${reason}`);
    }
    this.guest.options.onDecision?.({
      use: "lookup",
      address: undefined,
      name,
      rule,
      outcome: "deny",
      reason,
    });
    if (rule !== "unknown-internal-name")
      throw new SocketError("permanent-resolver-failure", reason);
    this.#lookup = { tag: "failed", error: new SocketError("name-unresolvable", reason) };
  }

  #settle(lookup: Lookup): void {
    if (this.disposed) return;
    this.#lookup = lookup;
    this.#whenSettled.notify();
  }
}

function toIpAddress(text: string): IpAddress {
  const family = isIP(text) === 4 ? "ipv4" : "ipv6";
  const { address } = new SocketAddress({ address: text, family });
  // WIT: "This function never returns IPv4-mapped IPv6 addresses."
  const mapped = /^::ffff:([0-9.]+)$/.exec(address)?.[1];
  return mapped === undefined
    ? fromIpText(address, family === "ipv4" ? 4 : 6)
    : fromIpText(mapped, 4);
}
