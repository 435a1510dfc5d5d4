import { BlockList, isIP } from "node:net";

/** Addresses of proxies whose word about their clients is taken. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** `ranges` are addresses and CIDR ranges; throws a `RangeError` that names the first that is neither. */
  constructor(ranges: readonly string[]) {
    this.isEmpty = ranges.length === 0;
    for (const range of ranges) this.#add(range);
  }

  /** Whether a connection from `address` is one of theirs. */
  has(address: string): boolean {
    return !this.isEmpty && this.#list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  }

  #add(range: string): void {
    const [address = "", length, ...rest] = range.split("/");
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
    if (version === 0 || !isLength || rest.length > 0) {
      throw new RangeError(`${range} is no address and no range such as 10.0.0.0/8`);
    }
    const prefix = length === undefined ? bits : Number(length);
    this.#list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
}
