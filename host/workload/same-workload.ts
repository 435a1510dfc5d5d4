import { isDeepStrictEqual } from "node:util";
import type { Workload } from "../manifest/workload.ts";

/** Whether two versions of a workload say the same, wherever in a file they say it; how many replicas does not count. */
export function isSameWorkload(one: Workload, other: Workload): boolean {
  return isDeepStrictEqual(
    withoutPlaces({ ...one, replicas: 0 }),
    withoutPlaces({ ...other, replicas: 0 }),
  );
}

/** Keys of values that say where in a manifest something stands. */
const PLACES: ReadonlySet<string> = new Set(["location", "origin", "origins"]);

function withoutPlaces(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutPlaces(entry));
  if (typeof value !== "object" || value === null) return value;
  // The keys of these are their author's, who may call a variable "origin".
  const entries = Object.entries(value).filter(([key]) => isMap || !PLACES.has(key));
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, withoutPlaces(entry, MAPS.has(key))]),
  );
}

const MAPS: ReadonlySet<string> = new Set(["environment", "labels", "annotations"]);
