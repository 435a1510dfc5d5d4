import { isIPv6 } from "node:net";

/** bore's control port, which its own client and server cannot change. */
const CONTROL_PORT = 7835;

/**
 * A server of the bore protocol, and how to talk to it: `bore` as bore's own client does,
 * `islet` with Islet's extension, `islets` with the extension over TLS.
 */
export interface ServerAddress {
  readonly scheme: "bore" | "islet" | "islets";
  /** A name or an address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `[SCHEME://]HOST[:PORT]`: `bore.pub`, `bore.pub:7835`, `[::1]:7835`, `islet://…`, `islets://…`.
 * Throws `SyntaxError`.
 */
export function parseServerAddress(text: string): ServerAddress {
  const match = FORM.exec(text);
  if (match === null) throw malformed(text, "expected [SCHEME://]HOST[:PORT]");
  const [, scheme = "bore", bracketed, name, digits] = match;
  if (scheme !== "bore" && scheme !== "islet" && scheme !== "islets") {
    throw malformed(text, `${scheme} is not one of bore, islet and islets`);
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw malformed(text, `${bracketed} is not an IPv6 address`);
  }
  const port = digits === undefined ? CONTROL_PORT : Number(digits);
  if (port < 1 || port > 0xffff) throw malformed(text, `port ${digits} is not from 1 to 65535`);
  return { scheme, host: bracketed ?? name ?? "", port };
}

/** The address as a person writes it; the same text means the same server. */
export function serverText({ scheme, host, port }: ServerAddress): string {
  const prefix = scheme === "bore" ? "" : `${scheme}://`;
  return `${prefix}${hostText(host)}${port === CONTROL_PORT ? "" : `:${port}`}`;
}

/** A host as it stands in a URL. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

const FORM =
  /^(?:([a-z]+):\/\/)?(?:\[([^\]]*)\]|([a-z\d](?:[a-z\d._-]*[a-z\d])?\.?))(?::(\d{1,5}))?$/i;

function malformed(text: string, why: string): SyntaxError {
  return new SyntaxError(`Cannot use ${JSON.stringify(text)} as a tunnel server: ${why}`);
}
