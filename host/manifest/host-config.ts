import type { QuotaLimits } from "../network/quota-table.ts";
import type { TunnelDefaults } from "./tunnel.ts";
import type { Location } from "./workload.ts";

/** What a host's configuration file is called. */
export const CONFIG_NAME = "islet.yaml";

/**
 * What a host's configuration says, and nothing where it says nothing. Paths are absolute.
 * Values that only their users understand, such as addresses, are texts that the reader was told to check.
 */
export interface HostConfig {
  /** The file, absolute. */
  readonly path: string;
  readonly http: {
    readonly address: string | undefined;
    readonly trustedProxies: readonly string[] | undefined;
    /** `-` is standard output. */
    readonly accessLog: string | undefined;
    readonly limits: HttpLimitsConfig;
  };
  readonly https:
    | {
        readonly address: string;
        readonly certificates: readonly { readonly cert: string; readonly key: string }[];
        readonly clientCa: string | undefined;
      }
    | undefined;
  readonly api: {
    readonly enabled: boolean | undefined;
    readonly address: string | undefined;
    /** A name, or the path of a socket. */
    readonly socket: string | undefined;
    readonly tokenFile: string | undefined;
    readonly adminTokenFile: string | undefined;
    readonly allowRemote: boolean | undefined;
  };
  readonly firecase: {
    readonly hostname: string | undefined;
    readonly address: string | undefined;
    readonly maxForwardedPorts: number | undefined;
  };
  readonly forwards: readonly ConfiguredForward[];
  readonly forwardPorts: ForwardPortsConfig;
  readonly egress: {
    readonly allowHostLoopback: boolean | undefined;
    readonly denyPrivateRanges: boolean | undefined;
    readonly resolver: string | undefined;
    readonly httpClientCa: string | undefined;
  };
  /** Bounds of what all workloads hold together. */
  readonly quotas: QuotaLimits;
  /** What tunnels lead to that name no server; undefined where it does not say. */
  readonly tunnel: TunnelDefaults | undefined;
  readonly logs: { readonly directory: string | undefined };
}

/** A forward as it is written, in the grammar of the command line. */
interface ConfiguredForward {
  readonly text: string;
  readonly location: Location;
  /** `forwards[0]`. */
  readonly field: string;
}

/** Which ports of the machine forwards may take. */
export interface ForwardPortsConfig {
  readonly autoPorts: { readonly first: number; readonly last: number } | undefined;
  readonly blockedPorts: readonly number[] | undefined;
  readonly allowPrivileged: boolean | undefined;
}

/** Limits that are sizes, in bytes. */
export const HTTP_SIZES = ["headerSize", "bodySize"] as const;

/** Limits that are durations, in milliseconds. */
export const HTTP_DURATIONS = [
  "headerTimeout",
  "keepAliveTimeout",
  "requestTimeout",
  "stallTimeout",
  "queueTimeout",
] as const;

/** Limits that are counts. */
export const HTTP_COUNTS = [
  "headerCount",
  "connections",
  "requestsPerConnection",
  "inFlight",
  "queue",
  "streams",
] as const;

/** What clients may ask of the ways in by HTTP; only what is written is there. */
export interface HttpLimitsConfig
  extends
    Readonly<Partial<Record<(typeof HTTP_SIZES)[number], number>>>,
    Readonly<Partial<Record<(typeof HTTP_DURATIONS)[number], number>>>,
    Readonly<Partial<Record<(typeof HTTP_COUNTS)[number], number>>> {
  readonly resets?: { readonly burst: number; readonly rate: number };
}
