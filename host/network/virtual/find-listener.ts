import { SocketAddress } from "node:net";
import { toText } from "../socket-address.ts";
import type { VirtualListener } from "./listener.ts";
import { refused } from "./refused.ts";

/**
 * The address of the listener on `port`, one of `family` where there is a choice; 127.0.0.1 and ::1 go before what
 * else is loopback. `listeners` are by address. Error: `connection-refused`.
 */
export function findListener(
  listeners: ReadonlyMap<string, VirtualListener>,
  port: number,
  family: SocketAddress["family"],
): SocketAddress {
  const own = new SocketAddress({ address: family === "ipv4" ? "127.0.0.1" : "::1", family, port });
  let found = listeners.get(toText(own))?.local;
  if (found !== undefined) return found;
  for (const { local } of listeners.values()) {
    if (local.port !== port) continue;
    if (local.family === family) return local;
    found ??= local;
  }
  if (found === undefined) throw refused(own);
  return found;
}
