import { AnnouncedForwards } from "./announced-forwards.ts";
import { declaredBy, toPort } from "./declared-forwards.ts";
import { ForwardEntries } from "./forward-entries.ts";
import { nameOf, OpenForwards, type Undo } from "./open-forwards.ts";
import type { ForwardOperations, NewForward } from "./forward-operations.ts";
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
  readonly #announced = new AnnouncedForwards();
  readonly #opening: OpenForwards;

  constructor(table: ForwardTable, find: (reference: string) => ForwardedWorkload) {
    this.#table = table;
    this.#find = find;
    this.#opening = new OpenForwards({
      table,
      entries: this.#entries,
      isWanted: (name, key, except) => this.#isWanted(name, key, except),
    });
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
   * `act` has to call what it is given with each of them once it is known what became of it, also where it has come back
   * without waiting for that; whoever hears of it then settles the workload.
   */
  async around(
    workloads: readonly Workload[],
    act: (onOver: (workload: Workload) => void) => Promise<readonly Applied[]>,
    { wait = true }: ApplyOptions = {},
  ): Promise<readonly Applied[]> {
    const announced = new Map(
      workloads.map((one) => [one, this.#announced.announce(nameOf(one), one)] as const),
    );
    const onOver = (workload: Workload): void => announced.get(workload)?.[Symbol.dispose]();
    let undo: Undo | undefined;
    let applied: readonly Applied[];
    try {
      undo = await this.#opening.open(workloads);
      applied = await act(onOver);
    } catch (error) {
      for (const workload of workloads) {
        const name = nameOf(workload);
        // Whoever stopped to wait did not stop what he asked for.
        if (!(error instanceof ApplyError) && this.#known(name) !== undefined) continue;
        onOver(workload);
        await undo?.(name);
        this.#lead(name);
      }
      throw error;
    }
    // The one before it still counts, and this one is announced.
    const settled = wait ? applied : applied.filter(({ outcome }) => outcome !== "replaced");
    await this.#settle(settled, undo);
    return applied;
  }

  /** Opens what a workload declares that is about to start, and leads to it. Rejects with `ApplyError`. */
  async begin(workload: ForwardedWorkload): Promise<void> {
    await this.#opening.open([workload.workload]);
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
    if (before?.isStopped === false) await this.#opening.open([before.workload]);
    this.#lead(name);
  }

  /** Leads to what runs by now; what does not run has the forwards only of versions that are being applied. */
  #lead(name: string): void {
    const now = this.#known(name);
    if (now?.isStopped === false) this.follow(now);
    else if (this.#announced.any(name)) this.#giveUp(name, new Map());
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

  /** Leads to the workload from now on, and gives up what neither its present version nor one to come declares. */
  follow({ name, workload, wayIn }: ForwardedWorkload): void {
    this.#entries.lead(name, wayIn);
    this.#giveUp(name, declaredBy(workload));
  }

  #giveUp(name: string, declared: ReturnType<typeof declaredBy>): void {
    const open = this.#entries.of(name).declared;
    for (const [key, id] of open) {
      const kept = declared.get(key)?.forward;
      if (kept !== undefined) {
        this.#table.tune(id, toTuning(kept, kept.protocol));
      } else if (!this.#announced.has(name, key)) {
        open.delete(key);
        this.#table.retire(id);
      }
    }
  }

  /** Whether the present version of a workload declares that forward, or one that is announced and not of `except`. */
  #isWanted(name: string, key: string, except: readonly Workload[]): boolean {
    if (this.#announced.has(name, key, except)) return true;
    const now = this.#known(name);
    return now?.isStopped === false && declaredBy(now.workload).has(key);
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
