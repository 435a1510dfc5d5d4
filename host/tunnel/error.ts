/** Why a tunnel has no connection to its server. */
export type TunnelErrorCode =
  /** The server's name or address cannot be reached, or nothing listens there. */
  | "unreachable"
  /** The server is silent. */
  | "timeout"
  /** The server closed the connection. */
  | "closed"
  /** What answers is not a server of the bore protocol. */
  | "protocol"
  /** The two sides do not share a secret. */
  | "unauthorized"
  /** The server does not give out the wanted port. */
  | "out-of-range"
  /** Somebody holds the wanted port. */
  | "port-in-use"
  /** The server refused for another reason, such as that it is full. */
  | "refused"
  /** The TLS of the server is missing or not to be trusted. */
  | "untrusted";

/** A failed tunnel, or a failed attempt at one. The message is for its user, and so is `hint`, the next step. */
export class TunnelError extends Error {
  override readonly name = "TunnelError";
  readonly code: TunnelErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: TunnelErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }

  /** Whether trying again would fail alike until somebody changes a setting. */
  get isFatal(): boolean {
    return FATAL.has(this.code);
  }
}

const FATAL: ReadonlySet<TunnelErrorCode> = new Set([
  "unauthorized",
  "out-of-range",
  "untrusted",
] as const);
