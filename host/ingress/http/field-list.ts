import type { FieldList } from "../../wasi/http/message.ts";

/** Node's flat `[name, value, name, value]` as pairs; names in lower case, as in HTTP/2 and in WASI's examples. */
export function toFieldList(raw: readonly string[]): FieldList {
  const fields: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    fields.push([(raw[index] ?? "").toLowerCase(), raw[index + 1] ?? ""]);
  }
  return fields;
}
