import type { GuestPolicy } from "../../policy/policy.ts";

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
  /** What `hostInterfaces` says of `wasi:http`; undefined where the workload asks for no route. */
  readonly http: HttpRoute | undefined;
  /** Where the workload was declared. */
  readonly location: Location;
}

/** What a service and a component have in common. */
export interface Guest {
  /** Path of the component, absolute. */
  readonly image: string;
  /** For `wasi:cli/environment`, merged from `config`, `configFrom` and `secretFrom` in that order, the later winning. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
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
}

/** How long others wait for a service that is starting. */
interface Readiness {
  /** The longest that a connect to a port waits for the service to listen on it for the first time, in milliseconds. */
  readonly timeout: number;
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
}

export interface HttpRoute {
  /** Lower-case host names that lead to this workload: `config.host`, then `config.host-aliases`. */
  readonly hosts: readonly string[];
}
