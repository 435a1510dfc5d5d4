import type { Dirent } from "node:fs";
import type {
  DescriptorType,
  DirectoryEntry,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import type { Guest } from "../guest.ts";
import { Resource } from "../resource.ts";
import { EntryReader } from "./entry-reader.ts";
import { answer } from "./error.ts";
import type { OpenFile } from "./open-file.ts";
import { decodeName } from "./path.ts";

/**
 * `wasi:filesystem/types.directory-entry-stream`: the entries of a directory.
 * WIT: "On filesystems where directories contain entries referring to themselves and their parents, often named `.`
 * and `..` respectively, these entries are omitted."
 */
export class DirectoryEntryStream extends Resource {
  readonly #file: OpenFile;
  readonly #reader: EntryReader;

  /** Takes `reader` over, and one of the guest's descriptors, which its caller has acquired. */
  constructor(guest: Guest, file: OpenFile, reader: EntryReader) {
    super(guest);
    this.#file = file.retain();
    this.#reader = reader;
  }

  /** The next entry; undefined at the end. A name that is not UTF-8 is an error, and is passed over. */
  readDirectoryEntry(): DirectoryEntry | undefined {
    return answer(() => {
      const next = this.#reader.next();
      return next && { type: toType(next.entry), name: decodeName(next.name) };
    });
  }

  protected override drop(): void {
    this.#reader[Symbol.dispose]();
    this.#file.volume.quota.release();
    this.#file[Symbol.dispose]();
  }
}

/** Begins at the start of the directory. Throws what the system answers, and as `DescriptorQuota.acquire`. */
export function readDirectory(guest: Guest, file: OpenFile): DirectoryEntryStream {
  const { quota } = file.volume;
  quota.checkRoom();
  const reader = new EntryReader(file.fd);
  quota.acquire();
  return new DirectoryEntryStream(guest, file, reader);
}

function toType(entry: Dirent): DescriptorType {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "symbolic-link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  if (entry.isCharacterDevice()) return "character-device";
  return entry.isBlockDevice() ? "block-device" : "unknown";
}
