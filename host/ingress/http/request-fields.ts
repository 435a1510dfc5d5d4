import type { FieldList } from "../../wasi/http/message.ts";
import { Forwarding } from "./forwarding.ts";
import type { Visitor } from "./visitor.ts";

/** The header fields of a request as they are passed on, and what they say of where it came from. */
export interface RequestFields {
  readonly fields: FieldList;
  /** Of the client, behind proxies that are trusted. */
  readonly scheme: "http" | "https";
}

/**
 * Reads Node's flat `[name, value, name, value]`; names in lower case, as in HTTP/2 and in WASI's examples, and all
 * cookies in one field.
 *
 * `X-Forwarded-For`, `-Host` and `-Proto` are written anew; what a visitor that is not trusted says of that kind is
 * dropped. Undefined where there is more than one `Host` (RFC 9112 §3.2).
 */
export function readFields(
  raw: readonly string[],
  visitor: Visitor,
  authority: string,
): RequestFields | undefined {
  const fields: (readonly [string, string])[] = [];
  let hosts = 0;
  let cookieAt = -1;
  let forwarding: Forwarding | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    const first = name.charCodeAt(0);
    if (first === COLON) continue;
    if ((first === LETTER_X || first === LETTER_F) && isForwarding(name)) {
      if (!visitor.isTrusted) continue;
      forwarding ??= new Forwarding();
      if (forwarding.take(name, value)) continue;
    } else if (name === "host") {
      hosts += 1;
    } else if (name === "cookie") {
      // RFC 9113 §8.2.3: HTTP/2 may split it, and beyond HTTP/2 it is one field.
      const before = fields[cookieAt];
      if (before !== undefined) {
        fields[cookieAt] = [name, `${before[1]}; ${value}`];
        continue;
      }
      cookieAt = fields.length;
    }
    fields.push([name, value]);
  }
  if (hosts > 1) return undefined;
  if (forwarding !== undefined) {
    forwarding.write(fields, visitor, authority);
    return { fields, scheme: forwarding.scheme ?? visitor.scheme };
  }
  fields.push(
    ["x-forwarded-for", visitor.address],
    ["x-forwarded-host", authority],
    ["x-forwarded-proto", visitor.scheme],
  );
  return { fields, scheme: visitor.scheme };
}

const COLON = 58;
const LETTER_F = 102;
const LETTER_X = 120;

function isForwarding(name: string): boolean {
  return name.startsWith("x-forwarded-") || name === "forwarded" || name === "x-real-ip";
}
