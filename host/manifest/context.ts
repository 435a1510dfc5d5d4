import type { Field } from "./field.ts";
import type { Report } from "./report.ts";
import type { Sources } from "./sources.ts";

/** A file that a manifest names as an image. */
export interface ImageUse {
  /** Absolute. */
  readonly path: string;
  /** Where it was written. */
  readonly field: Field;
}

/** A directory that a manifest names as a volume. */
export interface DirectoryUse {
  /** Absolute. */
  readonly path: string;
  /** Where it was written. */
  readonly field: Field;
}

/** A host name and a path that lead to a workload. */
export interface HostUse {
  /** Lower-case. */
  readonly host: string;
  readonly path: string;
  /** `namespace/name` of the workload. */
  readonly workload: string;
  /** Where it was written. */
  readonly field: Field;
}

/** What reading workloads needs from outside of their documents, and what it finds for checks across all of them. */
export interface Context {
  readonly report: Report;
  readonly sources: Sources;
  readonly images: ImageUse[];
  readonly directories: DirectoryUse[];
  readonly hosts: HostUse[];
}
