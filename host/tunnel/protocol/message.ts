import { ProtocolError } from "./error.ts";
import { parseUuid } from "./uuid.ts";

/**
 * What a client of the bore protocol says.
 * `open`, `heartbeat` and `tls` belong to Islet's extension: a client says them only where its user named
 * an Islet server, and bore's own server closes the connection on them.
 */
export type ClientMessage =
  | { readonly tag: "authenticate"; readonly answer: string }
  | { readonly tag: "hello"; readonly port: number }
  | { readonly tag: "accept"; readonly visitor: string }
  | { readonly tag: "open"; readonly port: number; readonly lease: string }
  | { readonly tag: "heartbeat" }
  | { readonly tag: "tls" };

/**
 * What a server of the bore protocol says. `visitor` and `tls` belong to Islet's extension:
 * they answer an `open` and a `tls` only.
 */
export type ServerMessage =
  | { readonly tag: "challenge"; readonly challenge: string }
  | { readonly tag: "hello"; readonly port: number }
  | { readonly tag: "heartbeat" }
  | { readonly tag: "connection"; readonly visitor: string }
  | { readonly tag: "visitor"; readonly visitor: string; readonly from: string }
  | { readonly tag: "tls" }
  | { readonly tag: "error"; readonly message: string };

/** The JSON of a message, spelled as serde spells bore's enums: externally tagged, without white space. */
export function encodeClientMessage(message: ClientMessage): string {
  switch (message.tag) {
    case "authenticate":
      return JSON.stringify({ Authenticate: message.answer });
    case "hello":
      return JSON.stringify({ Hello: message.port });
    case "accept":
      return JSON.stringify({ Accept: message.visitor });
    case "open":
      return JSON.stringify({ Open: { port: message.port, lease: message.lease } });
    case "heartbeat":
      return HEARTBEAT;
    case "tls":
      return TLS;
  }
}

/** As `encodeClientMessage`, for what a server says. */
export function encodeServerMessage(message: ServerMessage): string {
  switch (message.tag) {
    case "challenge":
      return JSON.stringify({ Challenge: message.challenge });
    case "hello":
      return JSON.stringify({ Hello: message.port });
    case "heartbeat":
      return HEARTBEAT;
    case "tls":
      return TLS;
    case "connection":
      return JSON.stringify({ Connection: message.visitor });
    case "visitor":
      return JSON.stringify({ Visitor: { id: message.visitor, from: message.from } });
    case "error":
      return JSON.stringify({ Error: message.message });
  }
}

/** Reads the JSON of one frame. Throws `ProtocolError` (`invalid-json`, `unknown-message`). */
export function decodeClientMessage(json: string): ClientMessage {
  const { name, value } = decode(json);
  switch (name) {
    case "Authenticate":
      if (typeof value === "string") return { tag: "authenticate", answer: value };
      break;
    case "Hello":
      if (isPort(value)) return { tag: "hello", port: value };
      break;
    case "Accept": {
      const visitor = parseUuid(value);
      if (visitor !== undefined) return { tag: "accept", visitor };
      break;
    }
    case "Open": {
      const { port, lease } = fields(value);
      const uuid = parseUuid(lease);
      if (isPort(port) && uuid !== undefined) return { tag: "open", port, lease: uuid };
      break;
    }
    case "Heartbeat":
      if (value === undefined) return { tag: "heartbeat" };
      break;
    case "Tls":
      if (value === undefined) return { tag: "tls" };
      break;
  }
  throw unknown(json);
}

/** Reads the JSON of one frame. Throws `ProtocolError` (`invalid-json`, `unknown-message`). */
export function decodeServerMessage(json: string): ServerMessage {
  const { name, value } = decode(json);
  switch (name) {
    case "Challenge": {
      const challenge = parseUuid(value);
      if (challenge !== undefined) return { tag: "challenge", challenge };
      break;
    }
    case "Hello":
      if (isPort(value)) return { tag: "hello", port: value };
      break;
    case "Heartbeat":
      if (value === undefined) return { tag: "heartbeat" };
      break;
    case "Tls":
      if (value === undefined) return { tag: "tls" };
      break;
    case "Connection": {
      const visitor = parseUuid(value);
      if (visitor !== undefined) return { tag: "connection", visitor };
      break;
    }
    case "Visitor": {
      const { id, from } = fields(value);
      const visitor = parseUuid(id);
      if (visitor !== undefined && typeof from === "string") {
        return { tag: "visitor", visitor, from };
      }
      break;
    }
    case "Error":
      if (typeof value === "string") return { tag: "error", message: value };
      break;
  }
  throw unknown(json);
}

/** A unit variant is a bare string for serde. */
const HEARTBEAT = '"Heartbeat"';
const TLS = '"Tls"';

/** The variant's name and what it holds; a unit variant holds undefined. */
function decode(json: string): { readonly name: string; readonly value: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ProtocolError(
      "invalid-json",
      `Cannot read a frame that is not JSON: ${quote(json)}`,
      {
        cause: error,
      },
    );
  }
  if (typeof value === "string") return { name: value, value: undefined };
  const entries = Object.entries(fields(value));
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) throw unknown(json);
  return { name: entry[0], value: entry[1] };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether serde would read it as `u16`. */
function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function unknown(json: string): ProtocolError {
  return new ProtocolError("unknown-message", `Cannot use a message: ${quote(json)} is unknown`);
}

/** The start of what a peer sent, without characters that a terminal would obey. */
function quote(json: string): string {
  const start = JSON.stringify(json.slice(0, 64));
  return json.length > 64 ? `${start}…` : start;
}
