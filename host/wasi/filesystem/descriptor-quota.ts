import { type NetworkQuota, NO_QUOTA } from "../../network/quota.ts";
import { FilesystemError } from "./error.ts";

/** Descriptors and streams of files that one instance has open at a time, its preopened directories among them. */
const DESCRIPTORS_MAX = 256;

/** Counts what one guest has open, and what it shares with the other guests of its workload. */
export class DescriptorQuota {
  readonly #max: number;
  readonly #shared: NetworkQuota;
  #used = 0;

  /** `shared` is what the workload and its host have of the kind `file`. */
  constructor(shared: NetworkQuota = NO_QUOTA, max: number = DESCRIPTORS_MAX) {
    this.#shared = shared;
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes one; whoever acquired releases, once. Throws as `checkRoom`. */
  acquire(): void {
    this.checkRoom();
    if (!this.#shared.acquire("file", 1)) throw exhausted();
    this.#used += 1;
  }

  /** Throws `insufficient-memory` where all are taken: WIT has no code like `EMFILE`. */
  checkRoom(): void {
    if (this.#used >= this.#max) {
      throw new FilesystemError(
        "insufficient-memory",
        `Cannot open a file: the guest has ${this.#max} open already`,
      );
    }
    if (!this.#shared.hasRoom("file", 1)) throw exhausted();
  }

  release(): void {
    this.#used -= 1;
    this.#shared.release("file", 1);
  }
}

function exhausted(): FilesystemError {
  return new FilesystemError(
    "insufficient-memory",
    "Cannot open a file: the workload, or the host, has as many open as it may",
  );
}
