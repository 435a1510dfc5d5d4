import type { PublishOptions } from "../network/publish-options.ts";
import type { GuestPolicy } from "../../policy/policy.ts";
import type { TunnelDeclaration } from "./tunnel.ts";

/** A place in a manifest, for messages: `file:line:column`, both counted from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One workload as its author declared it, with all defaults filled in. A value: nothing in it changes. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** How many of it run behind one route; 1 for a `Workload`, `spec.replicas` for a `WorkloadDeployment`. */
  readonly replicas: number;
  readonly service: Service | undefined;
  /** In manifest order: the first one that exports `wasi:http/incoming-handler` answers HTTP. */
  readonly components: readonly Component[];
  /** What its guests may mount; each name is there once. */
  readonly volumes: readonly Volume[];
  /** Ports of the service that tunnel servers publish. */
  readonly tunnels: readonly TunnelDeclaration[];
  /** What `hostInterfaces` says of `wasi:http`; undefined where the workload asks for no route. */
  readonly http: HttpRoute | undefined;
  /** How long requests and connections in flight may take when the workload is stopped or replaced; milliseconds. */
  readonly terminationGracePeriod: number;
  /** Where the workload was declared. */
  readonly location: Location;
}

/** A directory that guests of a workload may share. */
export type Volume =
  /** Made empty for the workload, and removed with it. It holds at most `sizeLimit` bytes, where that is given. */
  | { readonly tag: "ephemeral"; readonly name: string; readonly sizeLimit: number | undefined }
  /** One of this machine; `path` is absolute. */
  | { readonly tag: "host-path"; readonly name: string; readonly path: string };

/** Where a guest sees a volume of its workload. */
export interface VolumeMount {
  readonly name: string;
  /** The guest's name for the directory, without a slash at its end. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** What a service and a component have in common. */
export interface Guest {
  /** Path of the component, absolute. */
  readonly image: string;
  /** For `wasi:cli/environment`, merged from `config`, `configFrom` and `secretFrom` in that order, the later winning. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** The volumes that it sees, each path once. */
  readonly mounts: readonly VolumeMount[];
  /** What the guest may reach, as far as its manifest has a say. */
  readonly policy: GuestPolicy;
  /** Where `image` was written, for messages about it. */
  readonly location: Location;
}

/** The long-running guest; at most one a workload. */
export interface Service extends Guest {
  /** For `wasi:cli/environment.get-arguments`. */
  readonly args: readonly string[];
  /** Restarts before the workload is in error; unlimited is `Infinity`. */
  readonly maxRestarts: number;
  readonly restart: RestartPolicy;
  readonly readiness: Readiness;
  /** What it says that it listens on; each name and each number with its protocol is there once. */
  readonly ports: readonly ServicePort[];
}

/** A port of the service, on the workload's own network, and how it is published where it is. */
export interface ServicePort extends PublishOptions {
  readonly name: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Where the machine offers the port, as `parsePublish` reads it; undefined where nowhere. */
  readonly publish: string | undefined;
}

/** When a service that is starting is ready. */
export interface Readiness {
  /**
   * How long it may take, in milliseconds: a service that says how it gets ready and does not within that time has failed.
   * It is also the longest that a connect to a port waits for the service to listen on it for the first time.
   */
  readonly timeout: number;
  /** One of its `ports`, which it has to listen on. */
  readonly port: ServicePort | undefined;
  /** What the workload's own component has to answer with success. */
  readonly http: HttpProbe | undefined;
}

/** A request with which the host asks a workload whether it is ready. */
interface HttpProbe {
  /** Begins with `/`. */
  readonly path: string;
}

export interface RestartPolicy {
  /** `on-failure` restarts after a trap or a failed `run`; `always` after success as well; `never` not at all. */
  readonly policy: "on-failure" | "always" | "never";
  /** Wait before the first restart and the ceiling that doubling ends at, in milliseconds. */
  readonly backoff: { readonly initial: number; readonly max: number };
  /** After this long without a failure the budget of `maxRestarts` is whole again; milliseconds. */
  readonly healthyAfter: number;
}

/** A guest that is called once a request. */
export interface Component extends Guest {
  readonly name: string;
  /** Instances kept for reuse; 0 means a fresh instance for each call. */
  readonly poolSize: number;
  /** Calls that one instance serves before it is replaced; 0 means unlimited. */
  readonly maxInvocations: number;
  /** The longest that one call may take, in milliseconds. */
  readonly timeout: number;
}

/** What one guest may use. */
export interface Limits {
  /** Linear memory of one instance, in bytes, a multiple of 64 KiB. */
  readonly memory: number;
  /** How long the event loop of the workload may stand still before the workload is terminated; milliseconds. */
  readonly hang: number;
  /** Sockets that the guest may have open at a time. */
  readonly sockets: number;
  /** Ports that it may listen on at a time. */
  readonly listeners: number;
  /** Bytes that may wait in its connections and sockets for their reader. */
  readonly bufferedBytes: number;
  /** JavaScript heap of the thread that the guest shares with the others of its workload, in bytes. */
  readonly heap: number;
  /** Lines a second that it may go on printing. */
  readonly logRate: number;
}

export interface HttpRoute {
  /**
   * Lower-case host names that lead to this workload: `config.host`, then `config.host-aliases`.
   * `*.shop.localhost` stands for all names below `shop.localhost`.
   */
  readonly hosts: readonly string[];
  /** Only paths that are this or lie below it; `/` without `config.path`, and never with a slash at its end else. */
  readonly path: string;
  /** The port of the service that answers in place of a component; undefined without `config.port`. */
  readonly port: number | undefined;
}
