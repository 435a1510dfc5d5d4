import type { Location } from "./workload.ts";

/** Something that an author should know of a manifest that is otherwise in order. */
export interface Notice {
  readonly location: Location;
  /** A sentence without a full stop: `Service "web" (v1) is not for Islet and was skipped`. */
  readonly message: string;
}
