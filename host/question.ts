import { isIP, SocketAddress } from "node:net";
import type { HttpScheme } from "../policy/allowed-host.ts";
import type { Use } from "../policy/policy.ts";
import type { Question } from "../policy/question.ts";
import { didYouMean } from "./manifest/nearest.ts";

/** A question that means nothing; the message has an example of one that does. */
export class QuestionError extends Error {
  override readonly name = "QuestionError";
}

/** What USE may be, in the order of the help. */
export const USES: readonly Use[] = [
  "tcp-connect",
  "tcp-bind",
  "udp-send",
  "udp-bind",
  "lookup",
  "http",
];

/**
 * Reads USE and ADDRESS: `host:port` to connect and send, an IP address with a port to bind, a name to look up,
 * a URL for HTTP. Throws `QuestionError` with an example.
 */
export function parseQuestion(use: string, address: string): Question {
  switch (use) {
    case "tcp-connect":
    case "udp-send": {
      const { host, port } = parseHostPort(use, address);
      return isIP(host) === 0
        ? { use, name: host, port }
        : { use, address: toSocketAddress(host, port) };
    }
    case "tcp-bind":
    case "udp-bind": {
      const { host, port } = parseHostPort(use, address);
      if (isIP(host) !== 0) return { use, address: toSocketAddress(host, port) };
      throw new QuestionError(
        `${use} takes an IP address and a port, not ${address}. ${tryWith(use)}`,
      );
    }
    case "lookup":
      return { use, name: address };
    case "http":
      return { use, target: parseUrl(address) };
    default: {
      const hint = didYouMean(use, USES);
      throw new QuestionError(`${use} is no use${hint}. Try one of ${USES.join(", ")}`);
    }
  }
}

const EXAMPLES: Readonly<Record<Use, string>> = {
  "tcp-connect": "db.example.com:5432, 10.0.0.1:5432 or [2001:db8::1]:5432",
  "tcp-bind": "0.0.0.0:8080",
  "udp-send": "10.0.0.1:53",
  "udp-bind": "0.0.0.0:0",
  lookup: "db.example.com",
  http: "https://api.example.com/",
};

function tryWith(use: Use): string {
  return `Try ${use} ${EXAMPLES[use]}`;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

function parseHostPort(use: Exclude<Use, "lookup" | "http">, text: string): HostPort {
  const least = use === "tcp-bind" || use === "udp-bind" ? 0 : 1;
  const parsed = splitHostPort(text);
  if (parsed?.port === undefined || parsed.host === "") {
    throw new QuestionError(`${use} takes a host and a port, not ${text}. ${tryWith(use)}`);
  }
  return { host: parsed.host, port: checkPort(parsed.port, least, text) };
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`; undefined for all else, IPv6 without brackets included. */
function splitHostPort(
  text: string,
): { readonly host: string; readonly port: string | undefined } | undefined {
  const match = /^(?:\[(?<bracketed>[^[\]]*)\]|(?<plain>[^:[\]]*))(?::(?<port>\d+))?$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { bracketed, plain = "", port } = match.groups;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  return { host: bracketed ?? plain, port };
}

function checkPort(text: string, least: number, whole: string): number {
  const port = Number(text);
  if (port >= least && port <= 65_535) return port;
  throw new QuestionError(`${text} in ${whole} is no port: they go from ${least} to 65535`);
}

// Not a URL of the platform, which would read numbers as addresses where guests' requests are not read so.
function parseUrl(text: string): {
  readonly scheme: HttpScheme;
  readonly host: string;
  readonly port: number;
} {
  const [, scheme, authority = ""] = /^(https?):\/\/([^/?#]*)/i.exec(text) ?? [];
  const parsed = splitHostPort(authority);
  if (scheme === undefined || parsed === undefined || parsed.host === "") {
    throw new QuestionError(`http takes a URL, not ${text}. ${tryWith("http")}`);
  }
  const isSecure = scheme.toLowerCase() === "https";
  const { host, port = isSecure ? "443" : "80" } = parsed;
  return { scheme: isSecure ? "https" : "http", host, port: checkPort(port, 1, text) };
}

function toSocketAddress(address: string, port: number): SocketAddress {
  return new SocketAddress({ address, family: isIP(address) === 6 ? "ipv6" : "ipv4", port });
}
