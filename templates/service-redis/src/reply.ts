/** An answer of the server, in the five types of RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export type Reply =
  | { readonly tag: "simple"; readonly text: string }
  | { readonly tag: "error"; readonly text: string }
  | { readonly tag: "integer"; readonly value: number }
  | { readonly tag: "bulk"; readonly bytes: string }
  | { readonly tag: "nil" }
  | { readonly tag: "array"; readonly items: readonly Reply[] };

export const OK: Reply = { tag: "simple", text: "OK" };
export const NIL: Reply = { tag: "nil" };

export function integer(value: number | boolean): Reply {
  return { tag: "integer", value: Number(value) };
}

/** A value, or nothing. */
export function bulk(bytes: string | undefined): Reply {
  return bytes === undefined ? NIL : { tag: "bulk", bytes };
}

export function array(items: Iterable<string | undefined>): Reply {
  return { tag: "array", items: Array.from(items, bulk) };
}

/** A command that cannot be carried out. The message is for the client, its first word says of what kind it is. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** As a byte string. */
export function encode(reply: Reply): string {
  switch (reply.tag) {
    case "simple":
      return `+${reply.text}\r\n`;
    case "error":
      // A line break would end the error in the middle.
      return `-${reply.text.replaceAll(/[\r\n]/g, " ")}\r\n`;
    case "integer":
      return `:${reply.value}\r\n`;
    case "bulk":
      return `$${reply.bytes.length}\r\n${reply.bytes}\r\n`;
    case "nil":
      return "$-1\r\n";
    case "array":
      return `*${reply.items.length}\r\n${reply.items.map(encode).join("")}`;
  }
}
