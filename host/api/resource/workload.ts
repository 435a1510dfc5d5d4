import type { Guest, HttpRoute, Service, Volume, Workload } from "../../manifest/workload.ts";
import type { ReplicaStatus, WorkloadStatus } from "../../workload/status.ts";
import type { WorkloadState } from "../../workload/state.ts";

/** A workload as the API tells of it. Times are RFC 3339. Values of environment variables are secrets and stay out. */
export interface WorkloadResource {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: WorkloadState["tag"];
  readonly reason: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Host names that lead to it. */
  readonly hosts: readonly string[];
  /** What leads to it through the host's HTTP ingress; null where nothing does. */
  readonly route: RouteResource | null;
  /** Where it was declared, `file:line:column`. */
  readonly declaredAt: string;
  readonly volumes: readonly VolumeResource[];
  /** Its service, if it has one, then its components as the manifest has them. */
  readonly guests: readonly GuestResource[];
  readonly replicas: readonly ReplicaResource[];
}

interface RouteResource {
  readonly hosts: readonly string[];
  /** Only paths that are this or lie below it. */
  readonly path: string;
  /** The port of the service that answers; null where a component does. */
  readonly port: number | null;
}

interface VolumeResource {
  readonly name: string;
  readonly kind: "ephemeral" | "host-path";
  /** Bytes; null where there is no such limit. */
  readonly sizeLimit: number | null;
  /** On the host's machine; null for what is made for the workload. */
  readonly path: string | null;
}

interface MountResource {
  readonly volume: string;
  /** The guest's name for it. */
  readonly path: string;
  readonly readOnly: boolean;
}

interface PortResource {
  readonly name: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Where the manifest has the machine offer it; null where nowhere. */
  readonly publish: string | null;
}

export interface GuestResource {
  readonly kind: "service" | "component";
  /** `service`, or the component's name. */
  readonly name: string;
  readonly image: string;
  /** Names of its environment variables. */
  readonly environment: readonly string[];
  readonly mounts: readonly MountResource[];
  /** What a service says that it listens on; components listen on nothing. */
  readonly ports: readonly PortResource[];
  /** By their names in a manifest; bytes, milliseconds and counts. */
  readonly limits: Readonly<Record<string, number>>;
  readonly egress: string;
  /** Null where the manifest has no such list. */
  readonly allowedHosts: readonly string[] | null;
  readonly allowedIpNameLookups: readonly string[];
  readonly allowedHostLoopbackPorts: readonly string[];
}

export interface ReplicaResource {
  readonly index: number;
  readonly state: WorkloadState["tag"];
  readonly reason: string;
  readonly restarts: number;
  readonly requests: number;
  /** Milliseconds; null while it has no thread. */
  readonly cpuTimeMs: number | null;
  readonly heapBytes: number | null;
  readonly transitions: readonly TransitionResource[];
}

interface TransitionResource {
  readonly time: string;
  readonly state: WorkloadState["tag"];
  readonly reason: string;
}

export function toWorkloadResource(status: WorkloadStatus): WorkloadResource {
  const { workload, state } = status;
  const { file, line, column } = workload.location;
  return {
    id: status.id,
    namespace: status.namespace,
    name: status.name,
    state: state.tag,
    reason: state.reason,
    generation: status.generation,
    createdAt: toTime(status.createdAt),
    labels: workload.labels,
    annotations: workload.annotations,
    hosts: workload.http?.hosts ?? [],
    route: workload.http === undefined ? null : toRoute(workload.http),
    declaredAt: `${file}:${line}:${column}`,
    volumes: workload.volumes.map(toVolume),
    guests: toGuests(workload),
    replicas: status.replicas.map(toReplica),
  };
}

/** RFC 3339, as JSON has no times of its own. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function toRoute({ hosts, path, port }: HttpRoute): RouteResource {
  return { hosts, path, port: port ?? null };
}

function toVolume(volume: Volume): VolumeResource {
  return {
    name: volume.name,
    kind: volume.tag,
    sizeLimit: volume.tag === "ephemeral" ? (volume.sizeLimit ?? null) : null,
    path: volume.tag === "host-path" ? volume.path : null,
  };
}

function toPorts({ ports }: Service): PortResource[] {
  return ports.map(({ name, port, protocol, publish }) => {
    return { name, port, protocol, publish: publish ?? null };
  });
}

function toGuests({ service, components }: Workload): GuestResource[] {
  return [
    ...(service === undefined
      ? []
      : [{ ...toGuest("service", "service", service), ports: toPorts(service) }]),
    ...components.map((component) => toGuest("component", component.name, component)),
  ];
}

function toGuest(kind: GuestResource["kind"], name: string, guest: Guest): GuestResource {
  const { image, environment, limits, policy } = guest;
  return {
    kind,
    name,
    image,
    environment: Object.keys(environment),
    mounts: guest.mounts.map(({ name: volume, path, readOnly }) => ({ volume, path, readOnly })),
    ports: [],
    limits: { ...limits },
    egress: policy.egress,
    allowedHosts: policy.allowedHosts?.map(({ text }) => text) ?? null,
    allowedIpNameLookups: policy.allowedNames.map(({ text }) => text),
    allowedHostLoopbackPorts: policy.loopbackGrants.map(({ text }) => text),
  };
}

function toReplica(replica: ReplicaStatus): ReplicaResource {
  return {
    index: replica.index,
    state: replica.state.tag,
    reason: replica.state.reason,
    restarts: replica.restarts,
    requests: replica.requests,
    cpuTimeMs: replica.cpuTime ?? null,
    heapBytes: replica.heap ?? null,
    transitions: replica.transitions.map(({ time, state }) => ({
      time: toTime(time),
      state: state.tag,
      reason: state.reason,
    })),
  };
}
