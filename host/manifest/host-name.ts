/**
 * The lower-case form of a host name that may lead to a workload; undefined where `text` is none.
 * As wasmCloud has it: labels of RFC 1123 §2.1, of which an IPv4 address is made as well; no port, no wildcard.
 */
export function parseHostName(text: string): string | undefined {
  const name = text.toLowerCase();
  return name.length <= NAME_MAX && name.split(".").every((label) => LABEL.test(label))
    ? name
    : undefined;
}

/** As `parseHostName`; `*.` in front stands for any labels, one at least (RFC 4592 §2.1.1 allows no other place). */
export function parseRouteHost(text: string): string | undefined {
  if (!text.startsWith("*.")) return parseHostName(text);
  const name = parseHostName(text.slice(2));
  return name === undefined ? undefined : `*.${name}`;
}

// RFC 1035 §2.3.4: 63 octets a label, 255 a name, of which 253 are left in text.
const NAME_MAX = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
