import type { ByteSink } from "../../network/byte-stream.ts";
import { WaitList } from "../../network/wait-list.ts";
import { FilesystemError } from "./error.ts";
import { toLength, TRANSFER_MAX, writeAt } from "./file-io.ts";
import { toFailure } from "./file-source.ts";
import type { OpenFile } from "./open-file.ts";

/** Writes to a file from an offset on. What is written is with the operating system at once. */
export class FileSink implements ByteSink {
  readonly whenWritable: WaitList = new WaitList();
  readonly #file: OpenFile;
  #position: number | undefined;
  #closed = false;
  #failure: Error | undefined;

  /**
   * Without an offset it writes behind the end, wherever that is by then, and `file` is open for appending.
   * Throws as `DescriptorQuota.acquire`.
   */
  constructor(file: OpenFile, offset: bigint | undefined) {
    this.#position = offset === undefined ? undefined : toLength(offset);
    file.volume.quota.acquire();
    this.#file = file.retain();
  }

  get capacity(): number {
    return this.#closed ? 0 : TRANSFER_MAX;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.capacity) {
      throw new RangeError(
        `Cannot write ${bytes.length} bytes: there is room for ${this.capacity}`,
      );
    }
    try {
      for (let offset = 0; offset < bytes.length;) {
        const count = writeAt(this.#file, bytes.subarray(offset), this.#position);
        if (count === 0) throw new FilesystemError("io", "Nothing could be written");
        offset += count;
        if (this.#position !== undefined) this.#position += count;
      }
    } catch (error) {
      this.abort(toFailure(error));
    }
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.volume.quota.release();
    this.#file[Symbol.dispose]();
    this.whenWritable.notify();
  }

  abort(failure: Error): void {
    if (this.#closed) return;
    this.#failure = failure;
    this.end();
  }
}
