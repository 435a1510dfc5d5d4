import type { ByteSource } from "../../network/byte-stream.ts";
import { WaitList } from "../../network/wait-list.ts";
import { toFilesystemError } from "./error.ts";
import { readAt, toPosition } from "./file-io.ts";
import type { OpenFile } from "./open-file.ts";

/** What is read ahead, in bytes. */
const CHUNK = 1 << 16;

/** The bytes of a file from an offset to the end that it has when it is reached. It never has to be waited for. */
export class FileSource implements ByteSource {
  readonly whenReadable: WaitList = new WaitList();
  readonly #file: OpenFile;
  #position: number;
  #chunk: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #ended = false;
  #failure: Error | undefined;

  /** Throws as `DescriptorQuota.acquire`. */
  constructor(file: OpenFile, offset: bigint) {
    this.#position = toPosition(offset);
    file.volume.quota.acquire();
    this.#file = file.retain();
  }

  get available(): number {
    if (this.#start === this.#end) this.#fill();
    return this.#end - this.#start;
  }

  get ended(): boolean {
    return this.available === 0;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  readInto(target: Uint8Array): number {
    const count = Math.min(this.available, target.length);
    if (this.#chunk === undefined || count === 0) return 0;
    target.set(this.#chunk.subarray(this.#start, this.#start + count));
    this.#start += count;
    return count;
  }

  cancel(): void {
    this.#start = this.#end;
    this.#finish();
  }

  #fill(): void {
    if (this.#ended) return;
    this.#chunk ??= new Uint8Array(CHUNK);
    try {
      this.#start = 0;
      this.#end = 0;
      this.#end = readAt(this.#file, this.#chunk, this.#position);
      this.#position += this.#end;
    } catch (error) {
      this.#failure = toFailure(error);
    }
    if (this.#end === 0) this.#finish();
  }

  /** The file is given back as soon as nothing more is read from it. */
  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunk = undefined;
    this.#file.volume.quota.release();
    this.#file[Symbol.dispose]();
  }
}

/** Why a stream failed; what is no error of a file is a bug, which traps the guest. */
export function toFailure(error: unknown): Error {
  const failure = toFilesystemError(error);
  if (failure instanceof Error) return failure;
  throw failure;
}
