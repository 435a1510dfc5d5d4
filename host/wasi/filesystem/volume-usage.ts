import { FilesystemError } from "./error.ts";
import { ENTRY_BYTES, measureVolume } from "./measure-volume.ts";
import { statDescriptor } from "./stat.ts";

/** The limit of a volume. A value that can be cloned into another thread, where it counts the same. */
export interface VolumeLimit {
  /** Bytes: the sizes of all files, holes included, and 4 KiB for each entry. */
  readonly bytes: number;
  /** One signed number of 64 bits: the bytes in use, counted by all threads together. */
  readonly used: SharedArrayBuffer;
}

/** Makes the limit of a new, empty volume. */
export function createVolumeLimit(bytes: number): VolumeLimit {
  return { bytes, used: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT) };
}

/** Has the volume measured before anything is added to it, as after a time in which nobody counted. */
export function forgetUsage({ used }: VolumeLimit): void {
  Atomics.store(new BigInt64Array(used), 0, UNKNOWN);
}

/** More than any limit, however much is deleted before it is measured. */
const UNKNOWN = 2n ** 62n;

/**
 * Counts what guests of one thread add to a volume and take away.
 *
 * What grows is counted before it is done, so the volume never holds more than its limit. A file that is deleted while
 * guests of this thread have it open counts until they close it. Where the count may be too high (a thread was ended
 * while it held deleted files, two threads wrote to one file), the volume is measured before anything is refused.
 * One thing is missed: a file that one thread deletes while another has it open no longer counts.
 */
export class VolumeUsage {
  /** The one of this thread for a limit; `directory` is a descriptor of the volume, for as long as anything has it open. */
  static of(limit: VolumeLimit, directory: number): VolumeUsage {
    let usage = usages.get(limit.used);
    if (usage === undefined) {
      usage = new VolumeUsage(limit, directory);
      usages.set(limit.used, usage);
    }
    return usage;
  }

  readonly #limit: bigint;
  readonly #directory: number;
  readonly #used: BigInt64Array<SharedArrayBuffer>;
  readonly #open = new Map<bigint, OpenInode>();
  #measured = Number.NEGATIVE_INFINITY;

  private constructor({ bytes, used }: VolumeLimit, directory: number) {
    this.#limit = BigInt(bytes);
    this.#used = new BigInt64Array(used);
    this.#directory = directory;
  }

  /** Bytes in use, as counted. */
  get used(): bigint {
    return Atomics.load(this.#used, 0);
  }

  /** Counts `bytes` more. Throws `insufficient-space`, and counts nothing, where they are too many. */
  grow(bytes: bigint): void {
    if (bytes <= 0n || this.#tryGrow(bytes)) return;
    if (this.#measure() && this.#tryGrow(bytes)) return;
    throw new FilesystemError(
      "insufficient-space",
      `Cannot use ${bytes} bytes more: the volume has ${this.used} of ${this.#limit} in use`,
    );
  }

  /** Counts `bytes` less. */
  shrink(bytes: bigint): void {
    if (bytes > 0n) Atomics.sub(this.#used, 0, bytes);
  }

  /** Counts one more file, directory or link; throws as `grow`. */
  growEntry(): void {
    this.grow(ENTRY_BYTES);
  }

  shrinkEntry(): void {
    this.shrink(ENTRY_BYTES);
  }

  /** Told of every descriptor of a file that a guest opens. */
  opened(inode: bigint, fd: number): void {
    const known = this.#open.get(inode);
    if (known === undefined) this.#open.set(inode, { fds: new Set([fd]), isDeleted: false });
    else known.fds.add(fd);
  }

  /** Told of every such descriptor before it is closed. */
  closing(inode: bigint, fd: number): void {
    const known = this.#open.get(inode);
    if (known?.fds.delete(fd) !== true || known.fds.size > 0) return;
    this.#open.delete(inode);
    if (known.isDeleted) this.shrink(statDescriptor(fd).size);
  }

  /** Told of a file of `size` bytes whose last name is gone; that name itself is counted apart. */
  deleted(inode: bigint, size: bigint): void {
    const known = this.#open.get(inode);
    if (known === undefined) this.shrink(size);
    else known.isDeleted = true;
  }

  #tryGrow(bytes: bigint): boolean {
    const before = Atomics.add(this.#used, 0, bytes);
    if (before + bytes <= this.#limit) return true;
    Atomics.sub(this.#used, 0, bytes);
    return false;
  }

  /** Counts anew, at most once a second, since it reads the whole volume; whether it did. */
  #measure(): boolean {
    const now = performance.now();
    if (now - this.#measured < MEASURE_PAUSE) return false;
    this.#measured = now;
    const measured = measureVolume(this.#directory);
    if (measured === undefined) return false;
    Atomics.store(this.#used, 0, measured + this.#deletedBytes());
    return true;
  }

  #deletedBytes(): bigint {
    let bytes = 0n;
    for (const { fds, isDeleted } of this.#open.values()) {
      const [fd] = fds;
      if (isDeleted && fd !== undefined) bytes += statDescriptor(fd).size;
    }
    return bytes;
  }
}

interface OpenInode {
  readonly fds: Set<number>;
  /** Whether its size is still counted although it has no name any more. */
  isDeleted: boolean;
}

/** By the shared counter, which is one object for all mounts of a volume in a thread. */
const usages = new WeakMap<SharedArrayBuffer, VolumeUsage>();

/** Milliseconds. */
const MEASURE_PAUSE = 1000;
