import type {
  Advice,
  DescriptorFlags,
  DescriptorStat,
  DescriptorType,
  MetadataHashValue,
  NewTimestamp,
  OpenFlags,
  PathFlags,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { checkBytes, checkResource, checkU64 } from "../check-argument.ts";
import type { Guest } from "../guest.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { Resource } from "../resource.ts";
import { Access } from "./access.ts";
import { type DirectoryEntryStream, readDirectory } from "./directory-entry-stream.ts";
import {
  createDirectory,
  createLink,
  createSymlink,
  removeDirectory,
  renameEntry,
  unlinkFile,
} from "./entries.ts";
import { answer } from "./error.ts";
import { planRead, readAt, resize, toLength, writeAt } from "./file-io.ts";
import { FileSink } from "./file-sink.ts";
import { FileSource } from "./file-source.ts";
import { Lookup, readLink } from "./lookup.ts";
import { openAt, openToAppend } from "./open-at.ts";
import { hashMetadata, statDescriptor, toDescriptorStat } from "./stat.ts";
import { synchronize } from "./synchronize.ts";
import { setTimes } from "./timestamps.ts";

/**
 * `wasi:filesystem/types.descriptor`: a file or directory that a guest has open, wherever it is moved.
 * A failing method throws a `GuestError<ErrorCode>`.
 *
 * Calls block the thread, because they take microseconds where a detour through the thread pool takes fifty;
 * what waits for the disk, `sync` and `sync-data`, suspends the guest instead.
 */
export class Descriptor extends Resource {
  readonly access: Access;

  /** Owns the file from here on. */
  constructor(guest: Guest, access: Access) {
    super(guest);
    this.access = access;
  }

  readViaStream(offset: bigint): InputStream {
    return answer(() => {
      const file = this.access.require("read");
      return new InputStream(this.guest, new FileSource(file, offset));
    });
  }

  writeViaStream(offset: bigint): OutputStream {
    return answer(() => {
      const file = this.access.require("write");
      return new OutputStream(this.guest, new FileSink(file, checkU64(offset)));
    });
  }

  appendViaStream(): OutputStream {
    return answer(() => {
      using file = openToAppend(this.access.require("write"));
      return new OutputStream(this.guest, new FileSink(file, undefined));
    });
  }

  /** Nothing follows from it: Node has no `posix_fadvise`, and an advice binds nobody. */
  advise(_offset: bigint, _length: bigint, _advice: Advice): void {
    answer(() => this.access.requireFile());
  }

  /** Undefined where there is nothing to wait for. */
  syncData(): Promise<void> | undefined {
    return answer(() => synchronize(this.guest, this.access, "data"));
  }

  /** As `syncData`. */
  sync(): Promise<void> | undefined {
    return answer(() => synchronize(this.guest, this.access, "all"));
  }

  getFlags(): DescriptorFlags {
    return this.access.flags;
  }

  getType(): DescriptorType {
    return this.access.file.type;
  }

  setSize(size: bigint): void {
    answer(() => resize(this.access.require("write"), size));
  }

  setTimes(access: NewTimestamp, modification: NewTimestamp): void {
    answer(() => {
      this.access.requireMutable();
      setTimes(this.access.file.fd, access, modification);
    });
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    return answer(() => {
      const file = this.access.require("read");
      const { room, position, isEnd } = planRead(file, length, offset);
      const bytes = new Uint8Array(room);
      const count = readAt(file, bytes, position);
      return [bytes.subarray(0, count), isEnd(count)];
    });
  }

  /** Returns how many bytes of `buffer` were written; the rest is another call's. */
  write(buffer: Uint8Array, offset: bigint): bigint {
    checkBytes(buffer);
    return answer(() => BigInt(writeAt(this.access.require("write"), buffer, toLength(offset))));
  }

  readDirectory(): DirectoryEntryStream {
    return answer(() => {
      this.access.requireDirectory();
      return readDirectory(this.guest, this.access.file);
    });
  }

  createDirectoryAt(path: string): void {
    answer(() => createDirectory(this.access.requireMutableDirectory(), path));
  }

  stat(): DescriptorStat {
    return answer(() => toDescriptorStat(statDescriptor(this.access.file.fd)));
  }

  statAt(flags: PathFlags, path: string): DescriptorStat {
    return answer(() => {
      using lookup = this.#lookUp(flags, path);
      return toDescriptorStat(statDescriptor(lookup.existing()));
    });
  }

  setTimesAt(
    flags: PathFlags,
    path: string,
    access: NewTimestamp,
    modification: NewTimestamp,
  ): void {
    answer(() => {
      this.access.requireMutable();
      using lookup = this.#lookUp(flags, path);
      setTimes(lookup.existing(), access, modification);
    });
  }

  linkAt({ symlinkFollow }: PathFlags, path: string, target: Descriptor, newPath: string): void {
    answer(() => {
      const base = this.access.requireMutableDirectory();
      const from = { path, follow: symlinkFollow === true };
      createLink(base, from, target.access.requireMutableDirectory(), newPath);
    });
  }

  /**
   * WIT: "If `flags` contains `write` or `mutate-directory`, or `open-flags` contains `truncate` or `create`, and the
   * base descriptor doesn't have `descriptor-flags::mutate-directory` set, `open-at` fails with `error-code::read-only`."
   * A directory has `mutate-directory` where its base has it, asked for or not: C libraries do not ask.
   */
  openAt(
    { symlinkFollow }: PathFlags,
    path: string,
    open: OpenFlags,
    flags: DescriptorFlags,
  ): Descriptor {
    return answer(() => {
      const { fd, volume } = this.access.requireDirectory();
      if (flags.write || flags.mutateDirectory || open.truncate || open.create) {
        this.access.requireMutable();
      }
      const file = openAt(fd, volume, { path, follow: symlinkFollow === true, open, flags });
      return new Descriptor(this.guest, new Access(file, flags, this.access.isMutable));
    });
  }

  readlinkAt(path: string): string {
    return answer(() => {
      using lookup = Lookup.entry(this.access.requireDirectory().fd, path);
      return readLink(lookup.directory, lookup.requireName("invalid"));
    });
  }

  removeDirectoryAt(path: string): void {
    answer(() => removeDirectory(this.access.requireMutableDirectory(), path));
  }

  renameAt(path: string, target: Descriptor, newPath: string): void {
    answer(() => {
      const base = this.access.requireMutableDirectory();
      renameEntry(base, path, target.access.requireMutableDirectory(), newPath);
    });
  }

  symlinkAt(content: string, path: string): void {
    answer(() => createSymlink(this.access.requireMutableDirectory(), content, path));
  }

  unlinkFileAt(path: string): void {
    answer(() => unlinkFile(this.access.requireMutableDirectory(), path));
  }

  isSameObject(other: Descriptor): boolean {
    const mine = statDescriptor(this.access.file.fd);
    const theirs = statDescriptor(checkResource(other, Descriptor).access.file.fd);
    return mine.dev === theirs.dev && mine.ino === theirs.ino;
  }

  metadataHash(): MetadataHashValue {
    return answer(() => hashMetadata(statDescriptor(this.access.file.fd)));
  }

  metadataHashAt(flags: PathFlags, path: string): MetadataHashValue {
    return answer(() => {
      using lookup = this.#lookUp(flags, path);
      return hashMetadata(statDescriptor(lookup.existing()));
    });
  }

  protected override drop(): void {
    this.access.file[Symbol.dispose]();
  }

  #lookUp({ symlinkFollow }: PathFlags, path: string): Lookup {
    return Lookup.object(this.access.requireDirectory().fd, path, symlinkFollow === true);
  }
}
