import { isIP } from "node:net";

/** Where a server of the host listens. */
export interface ListenAddress {
  /** An IP address; loopback unless a person named another. */
  readonly host: string;
  /** 0 to 65535; 0 takes any free port. */
  readonly port: number;
}

/**
 * Reads `8000`, `127.0.0.1:8000`, `localhost:8000` or `[::1]:8000`. Without an address it means loopback.
 * Undefined for anything else: names other than `localhost` are refused, since what they mean can change.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:(?<host>\[[0-9a-f:.]+\]|[0-9.]+|localhost):)?(?<port>\d{1,5})$/i.exec(text);
  if (match?.groups === undefined) return undefined;
  const port = Number(match.groups["port"]);
  const host = (match.groups["host"] ?? "localhost").toLowerCase();
  if (port > 65_535) return undefined;
  if (host === "localhost") return { host: "127.0.0.1", port };
  const literal = host.startsWith("[") ? host.slice(1, -1) : host;
  const family = host.startsWith("[") ? 6 : 4;
  return isIP(literal) === family ? { host: literal, port } : undefined;
}

/** The address as a person writes it in a URL: `127.0.0.1:8000`, `[::1]:8000`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
