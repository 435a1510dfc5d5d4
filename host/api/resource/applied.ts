import type { Manifests } from "../../manifest/load.ts";
import type { Applied } from "../../workload/status.ts";
import { toWorkloadResource, type WorkloadResource } from "./workload.ts";

/** What became of manifests. */
export interface ApplyResource {
  readonly applied: readonly AppliedResource[];
  /** What their author should know. */
  readonly notices: readonly NoticeResource[];
}

interface AppliedResource {
  readonly outcome: Applied["outcome"];
  /** Why, for `kept` and `failed`. */
  readonly reason: string | null;
  readonly workload: WorkloadResource;
}

interface NoticeResource {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly detail: string;
}

export function toApplyResource(
  applied: readonly Applied[],
  notices: Manifests["notices"],
): ApplyResource {
  return {
    applied: applied.map(({ outcome, reason, status }) => ({
      outcome,
      reason: reason ?? null,
      workload: toWorkloadResource(status),
    })),
    notices: notices.map(({ location: { file, line, column }, message }) => ({
      file,
      line,
      column,
      detail: message,
    })),
  };
}
