import type { DecisionRecord } from "../../../policy/decision-log.ts";
import { explain } from "../../../policy/explain.ts";
import type { Question } from "../../../policy/question.ts";
import { DEFAULT_HOST_POLICY } from "../../../policy/policy.ts";
import type { HostEvent } from "../../../host/host-event.ts";
import type { Workload } from "../../../host/manifest/workload.ts";
import type { GuestExplanation, HostOperations } from "../../../host/operations.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import type {
  Applied,
  ApplyOptions,
  DrainOptions,
  ListenerStatus,
  WorkloadStatus,
} from "../../../host/workload/status.ts";
import type { LogEntry, LogPage, LogQuery } from "../../../host/workload/log/log-entry.ts";
import type { WorkloadState } from "../../../host/workload/state.ts";
import { FakeForwards } from "./fake-forwards.ts";
import { FakeTunnels } from "./fake-tunnels.ts";

/** A host in which nothing runs: it keeps what it is told and tells it again. */
export class FakeHost implements HostOperations {
  readonly id = "11111111-1111-4111-8111-111111111111";
  readonly forwards: FakeForwards = new FakeForwards((reference) => {
    const { namespace, name } = this.get(reference);
    return `${namespace}/${name}`;
  });
  readonly tunnels: FakeTunnels = new FakeTunnels((reference) => {
    const { namespace, name } = this.get(reference);
    return `${namespace}/${name}`;
  });
  readonly http = { address: "127.0.0.1", port: 8000, family: "IPv4" };
  readonly #workloads = new Map<string, WorkloadStatus>();
  readonly #watchers = new Set<(event: HostEvent) => void>();
  readonly #followers = new Set<(entry: LogEntry) => void>();
  readonly entries: LogEntry[] = [];
  decisionRecords: DecisionRecord[] = [];
  listenerStatuses: ListenerStatus[] = [];
  /** What was asked for, a line each. */
  readonly calls: string[] = [];
  readonly ownPorts: string[] = [];
  /** Thrown by the next operation that changes something. */
  failure: unknown = undefined;
  /** What `apply` says of each workload. */
  outcome: Applied["outcome"] = "created";

  list(): readonly WorkloadStatus[] {
    return [...this.#workloads.values()];
  }

  get(reference: string): WorkloadStatus {
    const found = this.list().filter(({ id, namespace, name }) =>
      [id, `${namespace}/${name}`, name].includes(reference),
    );
    const [first] = found;
    if (first === undefined) {
      throw new OperationError("not-found", `There is no workload ${reference}`);
    }
    if (found.length > 1)
      throw new OperationError("ambiguous", `${reference} is several workloads`);
    return first;
  }

  async apply(workloads: readonly Workload[], options?: ApplyOptions): Promise<readonly Applied[]> {
    this.#called(`apply ${workloads.map(({ name }) => name).join(" ")} wait=${options?.wait}`);
    return workloads.map((workload) => {
      const status = this.add(workload);
      return { outcome: this.outcome, status, reason: REASONS[this.outcome] };
    });
  }

  async start(reference: string): Promise<WorkloadStatus> {
    return this.#change(`start`, reference, { tag: "running", reason: "The service listens" });
  }

  async stop(reference: string, options?: DrainOptions): Promise<WorkloadStatus> {
    const grace = options?.gracePeriod;
    return this.#change(`stop grace=${grace}`, reference, { tag: "stopping", reason: "Stopped" });
  }

  async restart(reference: string): Promise<WorkloadStatus> {
    return this.#change("restart", reference, { tag: "running", reason: "The service listens" });
  }

  async delete(reference: string, options?: DrainOptions): Promise<void> {
    const { id, namespace, name } = this.get(reference);
    this.#called(`delete grace=${options?.gracePeriod} ${reference}`);
    this.#workloads.delete(id);
    this.emit({ tag: "deleted", workload: `${namespace}/${name}`, id });
  }

  logs(reference: string, { guest, since = 0, tail = Number.MAX_SAFE_INTEGER }: LogQuery): LogPage {
    this.get(reference);
    const isWanted = (entry: LogEntry): boolean =>
      (guest === undefined || entry.guest === guest) && entry.time >= since;
    const entries = this.entries.filter(isWanted);
    return {
      entries: tail === 0 ? [] : entries.slice(-tail),
      follow: (listener) =>
        subscribe(this.#followers, (entry) => {
          if (isWanted(entry)) listener(entry);
        }),
    };
  }

  decisions(reference: string): readonly DecisionRecord[] {
    this.get(reference);
    return this.decisionRecords;
  }

  explain(reference: string, question: Question, guest?: string): readonly GuestExplanation[] {
    const { workload } = this.get(reference);
    return workload.components
      .filter(({ name }) => guest === undefined || name === guest)
      .map(({ name, policy }) => ({
        guest: name,
        explanation: explain({ ...policy, ...DEFAULT_HOST_POLICY }, question, FACTS),
      }));
  }

  listeners(reference: string): readonly ListenerStatus[] {
    this.get(reference);
    return this.listenerStatuses;
  }

  watch(listener: (event: HostEvent) => void): Disposable {
    return subscribe(this.#watchers, listener);
  }

  ownPort(protocol: "tcp" | "udp", port: number): Disposable {
    const entry = `${protocol} ${port}`;
    this.ownPorts.push(entry);
    const stack = new DisposableStack();
    stack.defer(() => void this.ownPorts.splice(this.ownPorts.indexOf(entry), 1));
    return stack;
  }

  /** How many listen to its events and its logs. */
  get subscribers(): number {
    return this.#watchers.size + this.#followers.size;
  }

  /** Makes a workload known. */
  add(workload: Workload): WorkloadStatus {
    const known = this.list().find(
      ({ namespace, name }) => namespace === workload.namespace && name === workload.name,
    );
    const state: WorkloadState = { tag: "running", reason: "The service listens" };
    const number = String(this.#workloads.size + 1).padStart(12, "0");
    const status: WorkloadStatus = {
      id: known?.id ?? `22222222-2222-4222-8222-${number}`,
      namespace: workload.namespace,
      name: workload.name,
      state,
      generation: (known?.generation ?? 0) + 1,
      createdAt: 0,
      workload,
      replicas: [
        {
          index: 0,
          state,
          transitions: [{ time: 0, state }],
          restarts: 2,
          cpuTime: 12.5,
          requests: 0,
          heap: undefined,
        },
      ],
    };
    this.#workloads.set(status.id, status);
    return status;
  }

  emit(event: HostEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  log(line: string, guest: string = "service"): void {
    const entry: LogEntry = {
      sequence: this.entries.length,
      time: this.entries.length * 1000,
      guest,
      stream: "stdout",
      replica: 0,
      line,
    };
    this.entries.push(entry);
    for (const follower of this.#followers) follower(entry);
  }

  #change(call: string, reference: string, state: WorkloadState): WorkloadStatus {
    const status = { ...this.get(reference), state };
    this.#called(`${call} ${reference}`);
    this.#workloads.set(status.id, status);
    const workload = `${status.namespace}/${status.name}`;
    this.emit({ tag: "state", workload, state });
    return status;
  }

  #called(call: string): void {
    this.calls.push(call);
    const failure = this.failure;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

const REASONS: Readonly<Partial<Record<Applied["outcome"], string>>> = {
  failed: "The service did not get ready within 10 s",
  kept: "The new version did not get ready within 10 s",
};

const FACTS = { namesOf: () => [], isOwnAddress: () => false, isOwnPort: () => false };

function subscribe<T>(set: Set<(value: T) => void>, listener: (value: T) => void): Disposable {
  const stack = new DisposableStack();
  set.add(listener);
  stack.defer(() => set.delete(listener));
  return stack;
}
