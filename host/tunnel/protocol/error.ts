/** Why bytes of a peer are not the bore protocol. */
export type ProtocolErrorCode = "frame-too-long" | "invalid-json" | "unknown-message";

/** A peer that does not speak the bore protocol; its connection is of no use any more. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
