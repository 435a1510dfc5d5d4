import { isIP } from "node:net";

/**
 * Where a port is offered outside of its workload, in Docker's grammar.
 * `address` is an IP address, or `loopback`: 127.0.0.1 and ::1 both.
 */
export type Publish =
  /** The first port of the range that is free; most ranges are one port. */
  | {
      readonly tag: "port";
      readonly address: string;
      readonly first: number;
      readonly last: number;
    }
  /** Any free port of the host's range for that. */
  | { readonly tag: "auto"; readonly address: string }
  /** A Unix socket; the path is as it was written. */
  | { readonly tag: "unix"; readonly path: string };

/** What stands for 127.0.0.1 and ::1 together. */
export const LOOPBACK = "loopback";

/** A text that is no place to publish at; the message says why and what to write. */
export class PublishError extends Error {
  override readonly name = "PublishError";
}

/**
 * Reads `8080`, `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`, `localhost:8080`, `8080-8090`, `auto`,
 * `127.0.0.1:auto` and `unix:./leet.sock`. Throws `PublishError`.
 */
export function parsePublish(text: string): Publish {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "" || path.includes("\0")) throw invalid(text, "names no socket");
    return { tag: "unix", path };
  }
  const { address, rest } = splitAddress(text);
  if (rest === "auto") return { tag: "auto", address };
  const { first, last } = parsePortRange(rest, text);
  return { tag: "port", address, first, last };
}

/** The text that `parsePublish` reads as `publish`. */
export function formatPublish(publish: Publish): string {
  switch (publish.tag) {
    case "unix":
      return `unix:${publish.path}`;
    case "auto":
      return `${prefixOf(publish.address)}auto`;
    case "port": {
      const { first, last } = publish;
      const ports = first === last ? String(first) : `${first}-${last}`;
      return `${prefixOf(publish.address)}${ports}`;
    }
  }
}

/** Reads `8080` or `8080-8090` as a part of `text`. Throws `PublishError`. */
export function parsePortRange(part: string, text: string): { first: number; last: number } {
  const match = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?$/.exec(part);
  if (match?.groups === undefined) {
    throw invalid(text, `has no port: "${part}" is neither a number nor a range such as 8080-8090`);
  }
  const first = Number(match.groups["first"]);
  const last = Number(match.groups["last"] ?? first);
  if (first === 0) throw invalid(text, "has port 0: auto is any free port");
  if (first > 65_535 || last > 65_535) throw invalid(text, "has a port above 65535");
  if (last < first) throw invalid(text, "has a range that ends before it begins");
  return { first, last };
}

/** The address before the last colon, and what is behind it. */
function splitAddress(text: string): { address: string; rest: string } {
  const colon = text.lastIndexOf(":");
  if (colon === -1) return { address: LOOPBACK, rest: text };
  const [host, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  if (host.toLowerCase() === "localhost") return { address: LOOPBACK, rest };
  const isBracketed = host.startsWith("[") && host.endsWith("]");
  const address = isBracketed ? host.slice(1, -1) : host;
  const family = isIP(address);
  // As Docker: the last part is the port, whether or not an IPv6 address has brackets.
  if (family === 6 && !address.includes("%")) return { address, rest };
  if (family === 4 && !isBracketed) return { address, rest };
  const hint = host === "*" ? "; all addresses are 0.0.0.0 and [::]" : "";
  throw invalid(text, `has no IP address: "${host}"${hint}`);
}

function prefixOf(address: string): string {
  if (address === LOOPBACK) return "";
  return address.includes(":") ? `[${address}]:` : `${address}:`;
}

function invalid(text: string, reason: string): PublishError {
  return new PublishError(`"${text}" ${reason}`);
}
