import { domainToASCII } from "node:url";

/**
 * The one spelling of a host name: A-labels (RFC 5890) in lower case, without a final dot. Names are compared,
 * looked up and shown in this form only, so that no spelling of a name is a way around a rule.
 *
 * Undefined for what is no host name, IP addresses included: also `2130706433`, `0x7f.1` and `127.1`,
 * which resolvers and URLs read as addresses (the last label is a number).
 */
export function toHostName(text: string): string | undefined {
  const ascii = toAscii(text);
  const name = ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
  const isName = name.length <= NAME_MAX && HOST_NAME.test(name) && !ENDS_IN_NUMBER.test(name);
  return isName ? name : undefined;
}

/** RFC 1035 §2.3.4: 255 octets, of which 253 are left in text. */
const NAME_MAX = 253;
/** RFC 1123 §2.1, with the underscores that names of services have. */
const HOST_NAME =
  /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
/** The URL standard's test for a host that is an IPv4 address. */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[\da-f]*)$/;
const ASCII = /^[\0-\x7F]*$/;
/** What ends, surrounds or encodes the host in a URL: `domainToASCII` would look at a part of the text only. */
const URL_SYNTAX = /[\s%/?#@:\\[\]]/u;

function toAscii(text: string): string {
  if (text.length > TEXT_MAX) return "";
  if (ASCII.test(text)) return text.toLowerCase();
  return URL_SYNTAX.test(text) ? "" : domainToASCII(text);
}

/** No name is longer, in whichever spelling; keeps a guest from having megabytes converted. */
const TEXT_MAX = 1024;
