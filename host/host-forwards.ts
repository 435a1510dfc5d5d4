import pLimit from "p-limit";
import { declaredBy, toPort } from "./declared-forwards.ts";
import { ForwardEntries } from "./forward-entries.ts";
import type { ForwardOperations, NewForward } from "./forward-operations.ts";
import { ForwardError } from "./ingress/forward/error.ts";
import type { ForwardStatus } from "./ingress/forward/forward.ts";
import type { ForwardTable } from "./ingress/forward/forward-table.ts";
import { toTuning } from "./ingress/forward/tuning.ts";
import type { Workload } from "./manifest/workload.ts";
import { ApplyError } from "./workload/apply-error.ts";
import type { CountedWayIn } from "./bridge/link-way-in.ts";
import { OperationError } from "./workload/operation-error.ts";
import type { Applied, ApplyOptions } from "./workload/status.ts";

/** A workload as its forwards know it. */
export interface ForwardedWorkload {
  /** `namespace/name`. */
  readonly name: string;
  readonly workload: Workload;
  readonly isStopped: boolean;
  readonly wayIn: CountedWayIn;
}

/**
 * The forwards of a host's workloads. Those that manifests declare are opened before their workloads start, so that
 * nothing starts whose address another has, and visitors wait for it.
 */
export class HostForwards implements ForwardOperations {
  readonly #table: ForwardTable;
  readonly #find: (reference: string) => ForwardedWorkload;
  readonly #entries = new ForwardEntries();
  readonly #serially = pLimit(1);

  constructor(table: ForwardTable, find: (reference: string) => ForwardedWorkload) {
    this.#table = table;
    this.#find = find;
  }

  list(reference?: string): readonly ForwardStatus[] {
    return this.#table.list(reference === undefined ? undefined : this.#find(reference).name);
  }

  get(reference: string, id: string): ForwardStatus {
    const { name } = this.#find(reference);
    const status = this.#table.get(id);
    if (status?.workload === name) return status;
    throw new OperationError("not-found", `Workload ${name} has no forward "${id}"`);
  }

  async add(reference: string, forward: NewForward): Promise<ForwardStatus> {
    const found = this.#find(reference);
    const { name, workload, isStopped } = found;
    if (isStopped) {
      throw new OperationError("conflict", `Cannot forward to workload ${name}: it is stopped`);
    }
    const port = toPort(name, workload.service, forward);
    this.follow(found);
    const { publish, protocol, ttl, label, allowPrivileged } = forward;
    return await this.#table.add(
      { publish, protocol, port },
      {
        workload: name,
        wayIn: this.#entries.of(name).wayIn,
        ttl,
        label,
        allowPrivileged,
        ...toTuning(forward, protocol),
      },
    );
  }

  async remove(reference: string, id: string): Promise<void> {
    await this.#table.remove(this.get(reference, id).id);
  }

  /**
   * Has `act` apply `workloads`, after all that they declare was opened. Rejects with `ApplyError`, and calls nothing,
   * where that cannot be, and with what `act` rejects with. What was opened for a version that is not taken is closed.
   * Where `act` does not wait for versions that replace others, whoever hears what became of one settles it.
   */
  async around(
    workloads: readonly Workload[],
    act: () => Promise<readonly Applied[]>,
    { wait = true }: ApplyOptions = {},
  ): Promise<readonly Applied[]> {
    const undo = await this.#prepare(workloads);
    let applied: readonly Applied[];
    try {
      applied = await act();
    } catch (error) {
      for (const name of workloads.map(nameOf)) {
        // Whoever stopped to wait did not stop what he asked for.
        if (error instanceof ApplyError || this.#known(name) === undefined) await undo(name);
      }
      throw error;
    }
    // The one before it still counts: settling by that would close what was opened for the new one.
    const settled = wait ? applied : applied.filter(({ outcome }) => outcome !== "replaced");
    await this.#settle(settled, undo);
    return applied;
  }

  /** Opens what `workloads` declare and do not have yet, all or nothing; the result undoes it for one of them. */
  #prepare(workloads: readonly Workload[]): Promise<Undo> {
    // One after the other: a second one for the same workload finds what the first has opened.
    return this.#serially(() => this.#openAll(workloads));
  }

  async #openAll(workloads: readonly Workload[]): Promise<Undo> {
    const opened: { readonly workload: string; readonly key: string; readonly id: string }[] = [];
    const undo = async (workload: string): Promise<void> => {
      const some = opened.filter((one) => one.workload === workload);
      await Promise.all(
        some.map(({ workload: name, key, id }) => {
          const declared = this.#entries.get(name)?.declared;
          if (declared?.get(key) === id) declared.delete(key);
          this.#entries.forgetIdle(name);
          return this.#table.remove(id);
        }),
      );
    };
    const errors: unknown[] = [];
    for (const workload of workloads) {
      const name = nameOf(workload);
      for (const [key, { forward, port }] of declaredBy(workload)) {
        try {
          const id = await this.#open(name, key, forward, port);
          if (id !== undefined) opened.push({ workload: name, key, id });
        } catch (error) {
          errors.push(error);
        }
      }
    }
    if (errors.length === 0) return undo;
    for (const name of workloads.map(nameOf)) {
      await undo(name);
      this.#entries.forgetIdle(name);
    }
    if (errors.some((error) => error instanceof ForwardError && error.code === "closed")) {
      throw new OperationError("closed", "The host is stopping");
    }
    throw new ApplyError(errors);
  }

  /** The ID of a forward that is declared; undefined where it is open already. */
  async #open(
    name: string,
    key: string,
    forward: NewForward,
    port: number,
  ): Promise<string | undefined> {
    const { publish, protocol, label } = forward;
    for (;;) {
      const { declared, wayIn } = this.#entries.of(name);
      if (declared.has(key)) return undefined;
      try {
        const options = { workload: name, wayIn, label, ...toTuning(forward, protocol) };
        const { id } = await this.#table.add({ publish, protocol, port }, options);
        declared.set(key, id);
        return id;
      } catch (error) {
        // Who stopped or deleted the workload meanwhile gave up what was open by then, and not this.
        if (!wayIn.closed) throw error;
      }
    }
  }

  /** Opens what a workload declares that is about to start, and leads to it. Rejects with `ApplyError`. */
  async begin(workload: ForwardedWorkload): Promise<void> {
    await this.#prepare([workload.workload]);
    this.follow(workload);
  }

  /** Leads to what was applied, as far as that was taken. */
  async #settle(applied: readonly Applied[], undo: Undo): Promise<void> {
    for (const { outcome, status } of applied) {
      const name = nameOf(status);
      if (outcome === "kept") await undo(name);
      await this.settle(name);
    }
  }

  /** Something was done with the workload of that name: what runs by now has its forwards, what does not has none. */
  async settle(name: string): Promise<void> {
    const before = this.#known(name);
    if (before?.isStopped === false) await this.#prepare([before.workload]);
    const now = this.#known(name);
    if (now?.isStopped === false) this.follow(now);
    else this.leave(name);
  }

  /** Something happened to a replica: what waits for a workload that is new is led to it. */
  notice(replica: string): void {
    const name = replica.replace(/#\d+$/, "");
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.target !== undefined) return;
    const workload = this.#known(name);
    if (workload !== undefined && !workload.isStopped) this.follow(workload);
  }

  /** Leads to the workload from now on, and gives up what its present version does not declare. */
  follow({ name, workload, wayIn }: ForwardedWorkload): void {
    const open = this.#entries.lead(name, wayIn);
    const declared = declaredBy(workload);
    for (const [key, id] of open) {
      const kept = declared.get(key)?.forward;
      if (kept !== undefined) {
        this.#table.tune(id, toTuning(kept, kept.protocol));
        continue;
      }
      open.delete(key);
      this.#table.retire(id);
    }
  }

  /** The workload was stopped or deleted: its addresses are free, and what is open ends with it. */
  leave(name: string): void {
    this.#entries.leave(name);
  }

  /** The workload, unless it was deleted meanwhile. */
  #known(reference: string): ForwardedWorkload | undefined {
    try {
      return this.#find(reference);
    } catch (error) {
      if (error instanceof OperationError) return undefined;
      throw error;
    }
  }
}

/** Closes what was opened for a workload. */
type Undo = (workload: string) => Promise<void>;

function nameOf({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${namespace}/${name}`;
}
