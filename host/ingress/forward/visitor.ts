import { isIPv6, SocketAddress } from "node:net";

/**
 * Who visits, as node:net tells: without the zone of a link-local address, and a mapped IPv4 address as what it stands for.
 * Undefined where the visitor is gone already.
 */
export function toVisitor(
  address: string | undefined,
  port: number | undefined,
): SocketAddress | undefined {
  if (address === undefined || port === undefined) return undefined;
  const [plain = ""] = address.split("%", 1);
  const mapped = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.groups?.["ipv4"];
  return new SocketAddress({
    address: mapped ?? plain,
    family: mapped === undefined && isIPv6(plain) ? "ipv6" : "ipv4",
    port,
  });
}

/** Who comes through a Unix socket: somebody on this machine, without a port. */
export const LOCAL_VISITOR: SocketAddress = new SocketAddress({ address: "127.0.0.1", port: 0 });

/** Whether it is this machine. */
export function isLocal({ address, family }: SocketAddress): boolean {
  return family === "ipv4" ? address.startsWith("127.") : address === "::1";
}
