/** A tunnel that a workload declares, or that somebody asks for: a port of the workload that a server publishes. A value. */
export interface TunnelDeclaration {
  /** A TCP port on the workload's own network. */
  readonly port: number;
  /** The server: `[SCHEME://]HOST[:PORT]`. */
  readonly to: string;
  /** The public port to ask for; undefined takes any. */
  readonly remotePort?: number | undefined;
  /** What client and server share. */
  readonly secret?: TunnelSecret | undefined;
  /** A file of certificate authorities, PEM; absolute. */
  readonly caFile?: string | undefined;
  /** HTTP only: the name and the password that visitors have to give. */
  readonly basic?: { readonly username: string; readonly password: TunnelSecret } | undefined;
  /** HTTP only: whether signed links lead in. */
  readonly link?: boolean | undefined;
  /** Addresses and ranges that visitors may come from. */
  readonly from?: readonly string[] | undefined;
  readonly maxConnections?: number | undefined;
  /** Bytes a second. */
  readonly bandwidth?: number | undefined;
  /** Milliseconds after which it ends. */
  readonly expires?: number | undefined;
}

/** Where a secret comes from. */
export type TunnelSecret =
  | { readonly tag: "text"; readonly text: string }
  /** Absolute; read when the tunnel starts. */
  | { readonly tag: "file"; readonly path: string }
  | { readonly tag: "environment"; readonly name: string };

/** The public server of bore's author, where none is named. */
export const TUNNEL_SERVER_DEFAULT = "bore.pub";
