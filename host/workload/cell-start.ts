import type { Policy } from "../../policy/policy.ts";
import type { CompiledComponent } from "../engine/compiled-component.ts";
import type { VolumeMount } from "../manifest/workload.ts";
import type { QuotaSeat } from "../network/host-quota.ts";
import type { Mount } from "../wasi/filesystem/mount.ts";

/** What a cell gets when its thread starts. A value that can be cloned into the thread. */
export interface CellStart {
  /** `namespace/name`, for messages. */
  readonly workload: string;
  readonly service: ServiceStart | undefined;
  /** The component that answers HTTP, where there is one. */
  readonly http: ComponentStart | undefined;
  /** The name server that guests' lookups go to, `address` or `address:port`; undefined for the system's resolver. */
  readonly resolver: string | undefined;
  /** Its place in the host's quota; undefined where nothing is counted. */
  readonly quota?: QuotaSeat | undefined;
  /** Certificate authorities that guests' requests trust beside Node's own, in PEM. */
  readonly ca: readonly string[];
  /** How long the thread's loop may stand still, in milliseconds. */
  readonly hang: number;
  /** The JavaScript heap that the thread may have, in bytes. */
  readonly heap: number;
}

export interface GuestStart {
  /** The guest's name in logs and messages. */
  readonly name: string;
  readonly compiled: CompiledComponent;
  readonly policy: Policy;
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** What the manifest says of its volumes; none without it. */
  readonly volumeMounts?: readonly VolumeMount[] | undefined;
  /** The directories that it sees, once `WorkloadVolumes.attach` has made and opened them. */
  readonly mounts?: readonly Mount[] | undefined;
}

export interface ServiceStart extends GuestStart {
  readonly args: readonly string[];
  /** How long a connect waits for the service to listen while it starts, in milliseconds. */
  readonly readiness: number;
}

export interface ComponentStart extends GuestStart {
  readonly poolSize: number;
  readonly maxInvocations: number;
  /** The longest that one call may take, in milliseconds. */
  readonly timeout: number;
}

/** Whether the service could listen: it imports TCP sockets. */
export function canListen(start: CellStart): boolean {
  return (
    start.service?.compiled.imports.some((name) => name.startsWith("wasi:sockets/tcp@")) === true
  );
}
