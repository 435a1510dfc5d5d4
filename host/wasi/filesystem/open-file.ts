import { closeSync } from "node:fs";
import type { DescriptorType } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { statDescriptor, toDescriptorType } from "./stat.ts";
import type { Volume } from "./volume.ts";

/**
 * A descriptor of the process, for a file or directory in a volume. The guest's descriptor of it, the streams made
 * from that and the calls under way use it together; it is closed when the last of them is done.
 */
export class OpenFile implements Disposable {
  readonly fd: number;
  readonly volume: Volume;
  readonly type: DescriptorType;
  readonly #inode: bigint;
  #users = 1;

  /** Takes `fd` over, also where it throws: `insufficient-memory` for a guest that has too many open. */
  constructor(fd: number, volume: Volume) {
    this.fd = fd;
    this.volume = volume;
    try {
      const stats = statDescriptor(fd);
      this.type = toDescriptorType(stats);
      this.#inode = stats.ino;
      volume.quota.acquire();
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    volume.usage?.opened(this.#inode, fd);
  }

  /** One more user, who disposes it once. */
  retain(): this {
    this.#users += 1;
    return this;
  }

  [Symbol.dispose](): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    const { quota, usage } = this.volume;
    try {
      usage?.closing(this.#inode, this.fd);
    } finally {
      closeSync(this.fd);
      quota.release();
    }
  }
}
