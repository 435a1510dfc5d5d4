import { isIPv6 } from "node:net";
import { ForwardError } from "./error.ts";

/** An address outside of all workloads. */
export type OutsideAddress =
  | {
      readonly tag: "port";
      readonly protocol: "tcp" | "udp";
      readonly address: string;
      readonly port: number;
    }
  | { readonly tag: "unix"; readonly path: string };

/** Who holds which outside address, in one host: each address has one holder, who is named to all others. */
export class OutsideTable {
  readonly #held = new Map<OutsideAddress, string>();

  /**
   * Notes that `holder` (`forward "web" of workload shop`, `the HTTP ingress`) has `address`, until the result is
   * disposed. Error: `conflict`, where somebody has it or one that contains it.
   */
  claim(address: OutsideAddress, holder: string): Disposable {
    const other = this.holderOf(address);
    if (other !== undefined) {
      throw new ForwardError(
        "conflict",
        `Cannot forward ${formatOutside(address)}: held by ${other}`,
      );
    }
    this.#held.set(address, holder);
    return { [Symbol.dispose]: () => void this.#held.delete(address) };
  }

  /** Who has `address` or one that overlaps it. */
  holderOf(address: OutsideAddress): string | undefined {
    for (const [held, holder] of this.#held) if (overlaps(held, address)) return holder;
    return undefined;
  }
}

/** `127.0.0.1:8080`, `[::1]:8080`, `127.0.0.1:53/udp`, `unix:./leet.sock`. */
export function formatOutside(outside: OutsideAddress): string {
  if (outside.tag === "unix") return `unix:${outside.path}`;
  const { address, port, protocol } = outside;
  const host = address.includes(":") ? `[${address}]` : address;
  return `${host}:${port}${protocol === "udp" ? "/udp" : ""}`;
}

function overlaps(a: OutsideAddress, b: OutsideAddress): boolean {
  if (a.tag === "unix" || b.tag === "unix") {
    return a.tag === "unix" && b.tag === "unix" && a.path === b.path;
  }
  if (a.protocol !== b.protocol || a.port !== b.port) return false;
  return (
    a.address === b.address || contains(a.address, b.address) || contains(b.address, a.address)
  );
}

/** Whether all addresses includes `address`; `::` takes those of IPv4 as well. */
function contains(all: string, address: string): boolean {
  return (
    all === "::" ||
    (all === "0.0.0.0" && !isIPv6(address)) ||
    (all === "0.0.0.0" && address === "::")
  );
}
