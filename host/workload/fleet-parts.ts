import type { Compiler } from "../engine/compiler.ts";
import type { HttpRoute } from "../manifest/workload.ts";
import type { HostQuota } from "../network/host-quota.ts";
import type { CreateCell } from "./cell.ts";
import type { HostPorts } from "./host-ports.ts";
import type { HostedWorkload } from "./hosted-workload.ts";
import type { LogIdentity } from "./log/log-format.ts";
import type { LogStore } from "./log/log-store.ts";
import type { HostSettings } from "./prepare.ts";
import type { Gate } from "./replica.ts";
import type { VolumeStore } from "./volume-store.ts";
import type { WorkloadEvent } from "./workload-event.ts";

/** What all workloads of a host share. */
export interface FleetParts {
  readonly compiler: Pick<Compiler, "compile" | "storeCachedData">;
  readonly settings: HostSettings;
  /** The ports that the host itself listens on. */
  readonly hostPorts: HostPorts;
  /** What all of them may hold together. */
  readonly quota: HostQuota;
  /** Where the volumes of all of them are. */
  readonly volumes: Pick<VolumeStore, "open">;
  /** Lets so many cells start at a time. */
  readonly gate: Gate;
  readonly emit: (event: WorkloadEvent) => void;
  /** Told of what could not be done and was done without. */
  readonly warn: (message: string) => void;
  /** Leads requests to `target`, until the result is disposed. Throws where they lead to another workload already. */
  readonly route: (http: HttpRoute, target: Answerer) => Disposable;
  /** Opens the log of a workload, whose guests may print that many lines a second. */
  readonly openLog: (identity: LogIdentity, linesPerSecond: () => number) => OpenLog;
  /** Another kind of cell than one that runs from the sources. */
  readonly createCell?: CreateCell | undefined;
}

/** The log of a workload, until it is disposed. */
export interface OpenLog extends AsyncDisposable {
  readonly store: LogStore;
}

/** What answers requests for a workload. */
export type Answerer = Pick<HostedWorkload, "name" | "isReady" | "handle" | "wayIn">;
