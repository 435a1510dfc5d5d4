import type { Workload } from "../../../host/manifest/workload.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { isSameWorkload } from "../../../host/workload/same-workload.ts";
import type { Applied, ApplyOptions } from "../../../host/workload/status.ts";

/** A host that runs nothing, and does with workloads what a test says. */
export class FakeOperations {
  /** What was asked for, in order: `apply a b`, `delete default/a`. */
  readonly calls: string[] = [];
  readonly hosted: Map<string, Workload> = new Map();
  /** What is said of the next workload of that name that is applied and new or changed. */
  readonly outcomes: Map<string, { outcome: Applied["outcome"]; reason: string }> = new Map();
  /** What the next `apply` rejects with. */
  failure: Error | undefined;
  /** Calls of `apply` that have not come back. */
  running = 0;
  /** `apply` waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** By name, what tells versions apart. */
  readonly #versions = new Map<string, string>();
  readonly #versionOf: (workload: Workload) => string;

  /** `versionOf` is what tells versions of a workload apart besides its manifest. */
  constructor(versionOf: (workload: Workload) => string = () => "") {
    this.#versionOf = versionOf;
  }

  async apply(
    workloads: readonly Workload[],
    options: ApplyOptions = {},
  ): Promise<readonly Applied[]> {
    this.calls.push(["apply", ...workloads.map(({ name }) => name)].join(" "));
    this.running += 1;
    try {
      await this.gate;
      options.signal?.throwIfAborted();
      const { failure } = this;
      this.failure = undefined;
      if (failure !== undefined) throw failure;
      return workloads.map((workload) => this.#applyOne(workload));
    } finally {
      this.running -= 1;
    }
  }

  async delete(reference: string): Promise<void> {
    this.calls.push(`delete ${reference}`);
    if (!this.hosted.delete(reference)) throw new OperationError("not-found", "There is none");
    this.#versions.delete(reference);
  }

  #applyOne(workload: Workload): Applied {
    const name = `${workload.namespace}/${workload.name}`;
    const version = this.#versionOf(workload);
    const before = this.hosted.get(name);
    const isSame = before !== undefined && isSameWorkload(before, workload);
    if (isSame && this.#versions.get(name) === version) {
      return applied("unchanged", workload);
    }
    const special = this.outcomes.get(name);
    this.outcomes.delete(name);
    if (special?.outcome === "kept" && before !== undefined) {
      return applied("kept", before, special.reason);
    }
    this.hosted.set(name, workload);
    this.#versions.set(name, version);
    if (special !== undefined) return applied(special.outcome, workload, special.reason);
    return applied(before === undefined ? "created" : "replaced", workload);
  }
}

function applied(outcome: Applied["outcome"], workload: Workload, reason?: string): Applied {
  const { namespace, name } = workload;
  return {
    outcome,
    reason,
    status: {
      id: `id-of-${name}`,
      namespace,
      name,
      state: { tag: "running", reason: "It is ready" },
      generation: 1,
      createdAt: 0,
      workload,
      replicas: [],
    },
  };
}
