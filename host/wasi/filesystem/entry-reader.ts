import { type Dir, type Dirent, opendirSync } from "node:fs";
import { descriptorPath } from "./descriptor-path.ts";
import { isSystemError } from "./error.ts";

/** What stands in a directory, some entries read ahead: directories of any size take no memory. */
export class EntryReader implements Disposable {
  readonly #dir: Dir;

  /** Throws what the system answers; `directory` must stay open until this is disposed. */
  constructor(directory: number) {
    this.#dir = openAsBytes(descriptorPath(directory));
  }

  /** The next entry with the bytes of its name; undefined at the end. Neither `.` nor `..` is among them. */
  next(): { readonly name: Uint8Array; readonly entry: Dirent } | undefined {
    for (;;) {
      try {
        const entry = this.#dir.readSync();
        return entry === null ? undefined : { name: toBytes(entry.name), entry };
      } catch (error) {
        // Some file systems do not tell types; Node then looks at the entry, and it may be gone by then.
        if (!isSystemError(error, "ENOENT")) throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#dir.closeSync();
  }
}

/** As Node's documentation has it, and its types have not: names come as bytes. */
function openAsBytes(path: string): Dir {
  return Reflect.apply(opendirSync, undefined, [path, { encoding: "buffer" }]);
}

function toBytes(name: unknown): Uint8Array {
  if (name instanceof Uint8Array) return name;
  throw new TypeError("Cannot read a directory: a name is no bytes");
}
