/** A tunnel that a workload declares, or that somebody asks for: a port of the workload that a server publishes. A value. */
export interface TunnelDeclaration {
  /** A TCP port on the workload's own network. */
  readonly port: number;
  /** The server: `[SCHEME://]HOST[:PORT]`; undefined is the one that the host is configured with. */
  readonly to?: string | undefined;
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

/** What a host gives to tunnels that name no server. */
export interface TunnelDefaults {
  readonly to: string;
  /** What it shares with its clients, for tunnels with no secret of their own. */
  readonly secret?: TunnelSecret | undefined;
  /** The authorities that its certificate is checked with; absolute. */
  readonly caFile?: string | undefined;
}

/** The public server of bore's author, where none is named and none is configured. */
export const TUNNEL_SERVER_DEFAULT = "bore.pub";
