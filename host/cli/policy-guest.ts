import type { GuestPolicy } from "../../policy/policy.ts";
import type { Workload } from "../manifest/workload.ts";
import { didYouMean } from "../manifest/nearest.ts";

/** One guest of a workload, by its names. */
export interface GuestName {
  /** `namespace/name` of its workload. */
  readonly workload: string;
  /** `service`, or the name of the component. */
  readonly guest: string;
}

/** A guest of a manifest, and what it may do. */
export interface NamedGuest extends GuestName {
  readonly policy: GuestPolicy;
}

/**
 * The guests that `id` means: `workload` or `namespace/workload` for all of a workload, with `/guest` behind it for one.
 * Throws with what there is where it means nothing, or guests of several workloads.
 */
export function findGuests(workloads: readonly Workload[], id: string): readonly NamedGuest[] {
  return selectGuests(workloads.flatMap(guestsOf), id, "The manifests have");
}

/** The same among `guests`, which `whose` has: "The manifests have". */
export function selectGuests<T extends GuestName>(
  guests: readonly T[],
  id: string,
  whose: string,
): readonly T[] {
  const found = guests.filter((guest) => idsOf(guest).includes(id));
  const names = new Set(found.map(({ workload, guest }) => `${workload}/${guest}`));
  const owners = new Set(found.map(({ workload }) => workload));
  if (owners.size > 1) {
    throw new Error(`${id} is not one workload but several: ${[...names].join(", ")}`);
  }
  if (found.length > 0) return found;
  const known = [...new Set(guests.flatMap(idsOf))];
  const all = guests.map(({ workload, guest }) => `${workload}/${guest}`).join(", ");
  const hint = didYouMean(id, known);
  const they = whose.startsWith("The manifests") ? "they have" : "it has";
  throw new Error(`${whose} no workload ${id}${hint}: ${they} ${all || "none"}`);
}

function guestsOf({ namespace, name, service, components }: Workload): NamedGuest[] {
  const workload = `${namespace}/${name}`;
  const named = components.map(({ name: guest, policy }) => ({ workload, guest, policy }));
  if (service === undefined) return named;
  return [{ workload, guest: "service", policy: service.policy }, ...named];
}

/** All that may be written for a guest. */
function idsOf({ workload, guest }: GuestName): string[] {
  const name = workload.slice(workload.indexOf("/") + 1);
  return [workload, name, `${workload}/${guest}`, `${name}/${guest}`];
}
