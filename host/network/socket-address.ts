import type { SocketAddress } from "node:net";

/** An address as people write it: `127.0.0.1:80`, `[::1]:80`. */
export function toText({ address, family, port }: SocketAddress): string {
  return family === "ipv6" ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether both are the same address and port. */
export function isSame(a: SocketAddress, b: SocketAddress): boolean {
  return a === b || (a.port === b.port && a.address === b.address);
}
