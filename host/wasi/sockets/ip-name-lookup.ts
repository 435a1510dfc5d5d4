import { isIP, SocketAddress } from "node:net";
import { domainToASCII } from "node:url";
import type { IpAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { SocketError } from "../../network/error.ts";
import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import { Resource } from "../resource.ts";
import { fromIpText } from "./address.ts";
import { answer } from "./answer.ts";
import { lookUpInternal } from "./internal-zone.ts";

/**
 * `wasi:sockets/ip-name-lookup.resolve-addresses` for `guest`. IP addresses and the names of the internal zone have
 * an answer at once; every other name is refused with `permanent-resolver-failure`: no resolver is ever asked.
 */
export function resolveAddresses(guest: Guest, name: string): ResolveAddressStream {
  return answer(() => new ResolveAddressStream(guest, lookUp(name)));
}

/** `wasi:sockets/ip-name-lookup.resolve-address-stream` */
export class ResolveAddressStream extends Resource {
  readonly #addresses: readonly IpAddress[] | undefined;
  #next = 0;

  /** `addresses` in the order of preference; undefined where nobody has the name. */
  constructor(guest: Guest, addresses: readonly IpAddress[] | undefined) {
    super(guest);
    this.#addresses = addresses;
  }

  /** WIT: "If all addresses have been exhausted, this function returns `none`." */
  resolveNextAddress(): IpAddress | undefined {
    return answer(() => {
      if (this.#addresses === undefined) {
        throw new SocketError("name-unresolvable", "Nobody in the workload has this name");
      }
      const address = this.#addresses[this.#next];
      this.#next += 1;
      return address;
    });
  }

  /** Ready from the beginning: the answer is known before the stream exists. */
  subscribe(): Pollable {
    return new Pollable(this.guest, { ready: true, waitList: new WaitList() });
  }
}

/** The longest name, in characters, without a trailing dot (RFC 1035 §2.3.4), and the longest label. */
const NAME_MAX = 253;
const LABEL_MAX = 63;

function lookUp(name: string): readonly IpAddress[] | undefined {
  // WIT: "If the input is an IP address string, the address is parsed and returned as-is".
  if (isIP(name) !== 0) return [toIpAddress(name)];
  const found = lookUpInternal(toAscii(name));
  switch (found.tag) {
    case "addresses":
      return found.addresses.map(toIpAddress);
    case "unknown":
      return undefined;
    case "outside":
      throw new SocketError(
        "permanent-resolver-failure",
        `Cannot resolve ${name}: only names of the workload itself are resolved`,
      );
  }
}

/** WIT: "Unicode domain names are automatically converted to ASCII using IDNA encoding." */
function toAscii(name: string): string {
  const ascii = URL_SYNTAX.test(name) ? "" : domainToASCII(name).replace(/\.$/, "");
  const isName =
    ascii.length <= NAME_MAX &&
    isIP(ascii) === 0 && // Such as "0x7f.1", which URLs read as an address and resolvers should not.
    ascii.split(".").every((label) => label.length <= LABEL_MAX && LABEL.test(label));
  // WIT: "`name` is a syntactically invalid domain name or IP address."
  if (!isName) throw new SocketError("invalid-argument", "Cannot resolve a name: it is no name");
  return ascii;
}

/** What ends or surrounds the host in a URL: `domainToASCII` would look at what is before it only. */
const URL_SYNTAX = /[/?#@:\\[\]]/;
/** RFC 1123 §2.1, and the underscore, which names in use have. */
const LABEL = /^[a-z0-9_-]+$/;

function toIpAddress(text: string): IpAddress {
  if (text.includes("%")) {
    throw new SocketError("invalid-argument", "Cannot resolve an address: it names a link");
  }
  const family = isIP(text) === 4 ? "ipv4" : "ipv6";
  const { address } = new SocketAddress({ address: text, family });
  // WIT: "This function never returns IPv4-mapped IPv6 addresses."
  const mapped = /^::ffff:([0-9.]+)$/.exec(address)?.[1];
  return mapped === undefined
    ? fromIpText(address, family === "ipv4" ? 4 : 6)
    : fromIpText(mapped, 4);
}
