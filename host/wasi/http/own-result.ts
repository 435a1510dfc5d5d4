import type { GuestMemory } from "../cabi.ts";
import type { Handles, ResourceClass } from "../cabi-handle.ts";
import type { Resource } from "../resource.ts";

/** Writes `result<own<…>>` to `at`: the resource, or the error where there is none. */
export function lowerOwnResult(
  memory: GuestMemory,
  handles: Handles,
  resourceClass: ResourceClass,
  resource: Resource | undefined,
  at: number,
): void {
  memory.view.setUint8(at, resource === undefined ? 1 : 0);
  if (resource !== undefined) {
    memory.view.setUint32(at + 4, handles.lowerOwn(resourceClass, resource), true);
  }
}
