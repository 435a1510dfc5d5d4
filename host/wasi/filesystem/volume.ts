import type { DescriptorQuota } from "./descriptor-quota.ts";
import type { Mount } from "./mount.ts";
import { VolumeUsage } from "./volume-usage.ts";

/** A mount as all know it that one guest opens below it. */
export class Volume {
  readonly readOnly: boolean;
  /** Undefined where the volume has no limit. */
  readonly usage: VolumeUsage | undefined;
  /** What the guest has open in all of its volumes. */
  readonly quota: DescriptorQuota;
  readonly #directory: number;

  constructor({ readOnly, limit, directory }: Mount, quota: DescriptorQuota) {
    this.readOnly = readOnly;
    this.usage = limit && VolumeUsage.of(limit, directory.fd);
    this.quota = quota;
    this.#directory = directory.fd;
  }

  /** Whether both are mounts of one volume: links and renames stay inside. */
  isSame(other: Volume): boolean {
    return this.#directory === other.#directory;
  }
}
