/** The head of an HTTP/1 request, as far as access is decided by it. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** In their order, names as they were written. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** A longer head is refused. */
export const HEAD_MAX: number = 16 * 1024;

/** Where the head ends in `bytes`: behind its empty line; -1 where that has not come. */
export function headEnd(bytes: Buffer): number {
  const at = bytes.indexOf("\r\n\r\n");
  return at < 0 ? -1 : at + 4;
}

/**
 * Reads a head (RFC 9112), with its empty line; undefined for anything that servers might read differently:
 * bare line feeds, folded lines, names that are not tokens.
 */
export function parseRequestHead(head: Buffer): RequestHead | undefined {
  const [start = "", ...lines] = head.toString("latin1").slice(0, -4).split("\r\n");
  const match = /^([!#$%&'*+.^_`|~\w-]+) (\S+) (HTTP\/1\.[01])$/.exec(start);
  if (match === null) return undefined;
  const [, method = "", target = "", version = ""] = match;
  const fields: (readonly [string, string])[] = [];
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/.exec(line);
    if (field === null) return undefined;
    fields.push([field[1] ?? "", field[2] ?? ""]);
  }
  return { method, target, version, fields };
}

/** The values of a field, in their order. */
export function fieldValues({ fields }: RequestHead, name: string): readonly string[] {
  return fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** The bytes of a head. */
export function encodeRequestHead({ method, target, version, fields }: RequestHead): Buffer {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} ${version}\r\n${lines.join("")}\r\n`, "latin1");
}
