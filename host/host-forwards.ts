import pLimit from "p-limit";
import { declaredBy, toPort } from "./declared-forwards.ts";
import type { ForwardOperations, NewForward } from "./forward-operations.ts";
import type { ForwardStatus } from "./ingress/forward/forward.ts";
import type { ForwardTable } from "./ingress/forward/forward-table.ts";
import type { Workload } from "./manifest/workload.ts";
import { ApplyError } from "./workload/apply-error.ts";
import type { CountedWayIn } from "./bridge/link-way-in.ts";
import { OperationError } from "./workload/operation-error.ts";
import type { Applied } from "./workload/status.ts";
import { SwitchedWayIn } from "./workload/way-in.ts";

/** A workload as its forwards know it. */
export interface ForwardedWorkload {
  /** `namespace/name`. */
  readonly name: string;
  readonly workload: Workload;
  readonly isStopped: boolean;
  readonly wayIn: CountedWayIn;
}

/** Forwards that a workload has before it runs and keeps while it is known. */
interface Entry {
  readonly wayIn: SwitchedWayIn;
  /** The forwards of its manifest, by what that says of them. */
  readonly declared: Map<string, string>;
  /** What it leads to. */
  target: CountedWayIn | undefined;
  readonly onChange: () => void;
}

/**
 * The forwards of a host's workloads. Those that manifests declare are opened before their workloads start, so that
 * nothing starts whose address another has, and visitors wait for it.
 */
export class HostForwards implements ForwardOperations {
  readonly #table: ForwardTable;
  readonly #find: (reference: string) => ForwardedWorkload;
  readonly #entries = new Map<string, Entry>();
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
      { workload: name, wayIn: this.#entryOf(name).wayIn, ttl, label, allowPrivileged },
    );
  }

  async remove(reference: string, id: string): Promise<void> {
    await this.#table.remove(this.get(reference, id).id);
  }

  /**
   * Has `act` apply `workloads`, after all that they declare was opened. Rejects with `ApplyError`, and calls nothing,
   * where that cannot be, and with what `act` rejects with. What was opened for a version that is not taken is closed.
   */
  async around(
    workloads: readonly Workload[],
    act: () => Promise<readonly Applied[]>,
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
    await this.#settle(applied, undo);
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
          const entry = this.#entries.get(name);
          entry?.declared.delete(key);
          if (entry?.target === undefined && entry?.declared.size === 0) this.#entries.delete(name);
          return this.#table.remove(id);
        }),
      );
    };
    const errors: unknown[] = [];
    for (const workload of workloads) {
      const name = nameOf(workload);
      for (const [key, { forward, port }] of declaredBy(workload)) {
        const { declared, wayIn } = this.#entryOf(name);
        if (declared.has(key)) continue;
        const { publish, protocol, label } = forward;
        try {
          const spec = { publish, protocol, port };
          const { id } = await this.#table.add(spec, { workload: name, wayIn, label });
          declared.set(key, id);
          opened.push({ workload: name, key, id });
        } catch (error) {
          errors.push(error);
        }
      }
    }
    if (errors.length === 0) return undo;
    for (const workload of workloads) await undo(nameOf(workload));
    throw new ApplyError(errors);
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
      const workload = this.#known(status.id);
      if (workload === undefined || workload.isStopped) this.leave(name);
      else await this.begin(workload);
    }
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
    const entry = this.#entryOf(name);
    entry.target?.whenChanged.delete(entry.onChange);
    entry.target = wayIn;
    entry.wayIn.setTargets([wayIn]);
    entry.onChange();
    const declared = declaredBy(workload);
    for (const [key, id] of entry.declared) {
      if (declared.has(key)) continue;
      entry.declared.delete(key);
      this.#table.retire(id);
    }
  }

  /** The workload was stopped or deleted: its addresses are free, and what is open ends with it. */
  leave(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    entry.target?.whenChanged.delete(entry.onChange);
    entry.wayIn.close();
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

  #entryOf(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const entry: Entry = {
      wayIn: new SwitchedWayIn(),
      declared: new Map(),
      target: undefined,
      onChange: () => {
        if (entry.target?.closed === true) this.leave(name);
        else entry.target?.whenChanged.add(entry.onChange);
      },
    };
    this.#entries.set(name, entry);
    return entry;
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
