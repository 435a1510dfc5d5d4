import type { DescriptorFlags } from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import type { Base } from "./entries.ts";
import { FilesystemError } from "./error.ts";
import type { OpenFile } from "./open-file.ts";

/** What a guest may do with what one descriptor of it has open. Its methods throw `FilesystemError` where it may not. */
export class Access {
  readonly file: OpenFile;
  /** As `get-flags` tells. */
  readonly flags: DescriptorFlags;
  /** Whether metadata may be changed, and, of a directory, what is in it: WIT's `mutate-directory`, inherited. */
  readonly isMutable: boolean;

  constructor(file: OpenFile, flags: DescriptorFlags, isMutable: boolean) {
    const isDirectory = file.type === "directory";
    this.file = file;
    this.isMutable = isMutable;
    this.flags = {
      ...flags,
      read: flags.read === true || isDirectory,
      // WIT: "This may only be set on directories." C libraries ask for it with every file that they write.
      mutateDirectory: isMutable && isDirectory,
    };
  }

  /** The file, opened for that. */
  require(use: "read" | "write"): OpenFile {
    const file = this.requireFile();
    if (this.flags[use] === true) return file;
    if (use === "write") this.requireMutable();
    throw new FilesystemError("bad-descriptor", `The file was not opened to ${use}`);
  }

  requireFile(): OpenFile {
    if (this.file.type === "directory") {
      throw new FilesystemError("is-directory", "The descriptor is one of a directory");
    }
    return this.file;
  }

  requireDirectory(): Base {
    if (this.file.type !== "directory") {
      throw new FilesystemError("not-directory", "The descriptor is one of a file");
    }
    return this.file;
  }

  /** A directory whose entries may be changed. */
  requireMutableDirectory(): Base {
    const base = this.requireDirectory();
    this.requireMutable();
    return base;
  }

  /**
   * WIT: "When this flag is unset on a descriptor, operations using the descriptor which would create, rename, delete,
   * modify the data or metadata of filesystem objects, or obtain another handle which would permit any of those,
   * shall fail with `error-code::read-only` if they would otherwise succeed."
   */
  requireMutable(): void {
    if (!this.isMutable) throw new FilesystemError("read-only", "The volume is mounted read-only");
  }
}
