import type { FieldList } from "../../wasi/http/message.ts";

/**
 * The fields that are for the next reader of the message and not for one connection (RFC 9110 §7.6.1):
 * without those that are always of the connection, and without those that `Connection` names.
 */
export function endToEnd(fields: FieldList): FieldList {
  const named = namedByConnection(fields);
  return fields.filter(([name]) => {
    const lower = name.toLowerCase();
    return !OF_CONNECTION.has(lower) && !named.has(lower);
  });
}

/** Whether a field, by its name in lower case, is always of one connection. */
export function isOfConnection(name: string): boolean {
  return OF_CONNECTION.has(name);
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Fields that must get through whatever `Connection` says: without them the message would mean something else. */
const KEPT: ReadonlySet<string> = new Set([
  "",
  "content-length",
  "host",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

function namedByConnection(fields: FieldList): ReadonlySet<string> {
  const named = new Set<string>();
  for (const [name, value] of fields) {
    if (name.toLowerCase() !== "connection") continue;
    for (const option of String(value).toLowerCase().split(",")) {
      if (!KEPT.has(option.trim())) named.add(option.trim());
    }
  }
  return named;
}
