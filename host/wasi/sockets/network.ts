import { lowerFunction } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import type { Guest } from "../guest.ts";
import { Resource } from "../resource.ts";

/**
 * `wasi:sockets/network.network`. A guest sees one network, so each handle stands for the same:
 * WIT's "The `network` passed to `connect` must be identical to the one passed to `bind`" always holds.
 */
export class Network extends Resource {
  // oxlint-disable-next-line no-useless-constructor -- It is public where the inherited one is protected.
  constructor(guest: Guest) {
    super(guest);
  }

  /**
   * Not in WIT. ComponentizeJS generates a class for a resource only where it has a method
   * (bytecodealliance/ComponentizeJS#221), so its guests declare this one and hosts have to have it.
   */
  noop(): void {}
}

/** `wasi:sockets/instance-network.instance-network` for one guest, with a fast path. */
export function createInstanceNetwork(guest: Guest): () => Network {
  const instanceNetwork = (): Network => new Network(guest);
  lowerFunction(instanceNetwork, (options) => {
    const handles = Handles.inOrder(options, [Network]);
    return () => handles.lowerOwn(Network, instanceNetwork());
  });
  return instanceNetwork;
}
