import pLimit from "p-limit";
import { declaredBy } from "./declared-forwards.ts";
import type { ForwardEntries } from "./forward-entries.ts";
import type { NewForward } from "./forward-operations.ts";
import { ForwardError } from "./ingress/forward/error.ts";
import type { ForwardTable } from "./ingress/forward/forward-table.ts";
import { toTuning } from "./ingress/forward/tuning.ts";
import type { Workload } from "./manifest/workload.ts";
import { ApplyError } from "./workload/apply-error.ts";
import { OperationError } from "./workload/operation-error.ts";

export interface OpenForwardsParts {
  readonly table: ForwardTable;
  readonly entries: ForwardEntries;
  /** Whether a version of the workload `name`, of others than `except`, declares the forward with that key. */
  readonly isWanted: (name: string, key: string, except: readonly Workload[]) => boolean;
}

/** Closes what was opened for the workload of that name. */
export type Undo = (name: string) => Promise<void>;

/** Opens the forwards that manifests declare. */
export class OpenForwards {
  readonly #parts: OpenForwardsParts;
  readonly #serially = pLimit(1);

  constructor(parts: OpenForwardsParts) {
    this.#parts = parts;
  }

  /**
   * Opens what `workloads` declare and do not have yet, all or nothing; the result undoes it for one of them, as far as
   * nobody else wants it by then. Rejects with `ApplyError`, and with `OperationError` (`closed`) while the host stops.
   */
  open(workloads: readonly Workload[]): Promise<Undo> {
    // One after the other: a second one for the same workload finds what the first has opened.
    return this.#serially(() => this.#openAll(workloads));
  }

  async #openAll(workloads: readonly Workload[]): Promise<Undo> {
    const opened: { readonly workload: string; readonly key: string; readonly id: string }[] = [];
    const undo = async (workload: string): Promise<void> => {
      const some = opened.filter(
        (one) => one.workload === workload && !this.#parts.isWanted(workload, one.key, workloads),
      );
      await Promise.all(
        some.map(({ workload: name, key, id }) => {
          const declared = this.#parts.entries.get(name)?.declared;
          if (declared?.get(key) === id) declared.delete(key);
          this.#parts.entries.forgetIdle(name);
          return this.#parts.table.remove(id);
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
      this.#parts.entries.forgetIdle(name);
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
      const { declared, wayIn } = this.#parts.entries.of(name);
      if (declared.has(key)) return undefined;
      try {
        const options = { workload: name, wayIn, label, ...toTuning(forward, protocol) };
        const { id } = await this.#parts.table.add({ publish, protocol, port }, options);
        declared.set(key, id);
        return id;
      } catch (error) {
        // Who stopped or deleted the workload meanwhile gave up what was open by then, and not this.
        if (!wayIn.closed) throw error;
      }
    }
  }
}

/** `namespace/name`. */
export function nameOf({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${namespace}/${name}`;
}
