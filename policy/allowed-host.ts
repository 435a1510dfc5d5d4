/**
 * The grammar of `allowedHosts`: wasmCloud's forms, and ranges.
 *
 * | form                          | grants                                                                  |
 * |-------------------------------|-------------------------------------------------------------------------|
 * | `*`                           | every host and address, on every port                                   |
 * | `host`, `host:port`           | that host, on every port or the one named                               |
 * | `*.suffix`, `*.suffix:port`   | the hosts below the suffix                                              |
 * | `192.0.2.1`, `192.0.2.1:port` | that address; `2001:db8::1`, `[2001:db8::1]:port`                       |
 * | `10.0.0.0/8`, `10.0.0.0/8:port` | the addresses of the range; `fd00::/8`, `[fd00::/8]:port`             |
 * | `scheme://` before a host, a suffix or an address, and `/` after it | HTTP requests with that scheme and nothing else; `http` and `https` |
 */
import type { Grant } from "./decision.ts";
import {
  formatHostPattern,
  type HostPattern,
  matchesHost,
  parseHostPattern,
} from "./host-pattern.ts";
import type { Ip } from "./ip.ts";
import { contains, formatIpRange, type IpRange, parseIpRange } from "./ip-range.ts";

/** One entry of `allowedHosts`. */
export interface AllowedHost extends Grant {
  readonly target: AllowedTarget;
  /** Undefined grants all ports. */
  readonly port: number | undefined;
  /** Undefined grants sockets as well as HTTP of either scheme. */
  readonly scheme: HttpScheme | undefined;
}

export type HttpScheme = "http" | "https";

export type AllowedTarget =
  | { readonly tag: "host"; readonly pattern: HostPattern }
  /** An address is a range of one. */
  | { readonly tag: "range"; readonly range: IpRange };

/** What a guest wants at an address or a host. */
export interface Wanted {
  readonly port: number;
  /** Of an HTTP request; undefined for sockets. */
  readonly scheme: HttpScheme | undefined;
}

/** Reads one entry; undefined where it has none of the forms above. */
export function parseAllowedHost(text: string, origin?: string): AllowedHost | undefined {
  if (text === "*") return { text, origin, target: ANY, port: undefined, scheme: undefined };
  // All of it: an IPv6 address without brackets has colons that are no port's.
  const range = parseIpRange(text);
  if (range !== undefined) {
    return { text, origin, target: { tag: "range", range }, port: undefined, scheme: undefined };
  }
  const { bracketed, plain = "", ...rest } = ENTRY.exec(text)?.groups ?? {};
  const scheme = toScheme(rest["scheme"]);
  if (scheme === undefined && rest["slash"] !== undefined) return undefined;
  const target = bracketed === undefined ? parsePlain(plain) : parseBracketed(bracketed);
  // After a scheme a prefix would be the path of a URL.
  const isUrlWithPath = scheme !== undefined && (bracketed ?? plain).includes("/");
  const port = rest["port"] === undefined ? undefined : Number(rest["port"]);
  const isPort = port === undefined || (port >= 1 && port <= 65_535);
  if (target === undefined || isUrlWithPath || !isPort) return undefined;
  return { text, origin, target, port, scheme };
}

/** Whether the entry grants an address, whose IPv4 form it is where it has one; names grant no addresses by themselves. */
export function grantsAddress(entry: AllowedHost, ip: Ip, wanted: Wanted): boolean {
  const { target } = entry;
  const isMeant =
    target.tag === "range" ? contains(target.range, ip) : target.pattern.tag === "any";
  return isMeant && grantsWanted(entry, wanted);
}

/** Whether the entry grants a host by its name, in the form of `toHostName`. */
export function grantsHost(entry: AllowedHost, name: string, wanted: Wanted): boolean {
  return namesHost(entry, name) && grantsWanted(entry, wanted);
}

/** Whether the entry is about a host, whatever it grants there. */
export function namesHost({ target }: AllowedHost, name: string): boolean {
  return target.tag === "host" && matchesHost(target.pattern, name);
}

/** The entry in the one spelling that stands for all. */
export function formatAllowedHost({
  target,
  port,
  scheme,
}: Pick<AllowedHost, "target" | "port" | "scheme">): string {
  const host =
    target.tag === "host" ? formatHostPattern(target.pattern) : formatIpRange(target.range);
  const isBracketed = host.includes(":") && (port !== undefined || scheme !== undefined);
  const prefix = scheme === undefined ? "" : `${scheme}://`;
  return `${prefix}${isBracketed ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`;
}

const ANY: AllowedTarget = { tag: "host", pattern: { tag: "any" } };

const ENTRY =
  /^(?:(?<scheme>https?):\/\/)?(?:\[(?<bracketed>[^[\]]+)\]|(?<plain>[^[\]:]+?))(?::(?<port>\d{1,5}))?(?<slash>\/)?$/i;

function toScheme(text: string | undefined): HttpScheme | undefined {
  if (text === undefined) return undefined;
  return text.toLowerCase() === "https" ? "https" : "http";
}

function parseBracketed(text: string): AllowedTarget | undefined {
  const range = text.includes(":") ? parseIpRange(text) : undefined;
  return range && { tag: "range", range };
}

function parsePlain(text: string): AllowedTarget | undefined {
  const range = parseIpRange(text);
  if (range !== undefined) return { tag: "range", range };
  const pattern = parseHostPattern(text);
  // Everything has one form only, without a port or a scheme.
  return pattern === undefined || pattern.tag === "any" ? undefined : { tag: "host", pattern };
}

function grantsWanted({ port, scheme }: AllowedHost, wanted: Wanted): boolean {
  return (
    (port === undefined || port === wanted.port) &&
    (scheme === undefined || scheme === wanted.scheme)
  );
}
