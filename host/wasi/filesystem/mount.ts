import { closeSync } from "node:fs";
import { FilesystemError } from "./error.ts";
import { reopen } from "./descriptor-path.ts";
import { statDescriptor } from "./stat.ts";
import type { VolumeLimit } from "./volume-usage.ts";

/** A directory of the host that a guest sees. A value that can be cloned into another thread. */
export interface Mount {
  /** Where the guest sees it, as `get-directories` tells. */
  readonly path: string;
  readonly directory: MountedDirectory;
  readonly readOnly: boolean;
  /** How much it may hold; undefined for a directory without a limit. */
  readonly limit?: VolumeLimit | undefined;
}

/** A directory that this process keeps open for as long as guests may use it. */
export interface MountedDirectory {
  /** A descriptor of the process. */
  readonly fd: number;
  /** What it has open, so that a number that was closed and given to another file is noticed. */
  readonly device: bigint;
  readonly inode: bigint;
}

/** Opens the directory of a mount anew; the caller closes it. */
export function openMount({ directory }: Mount): number {
  const fd = reopen(directory.fd);
  const { dev, ino } = statDescriptor(fd);
  if (dev === directory.device && ino === directory.inode) return fd;
  closeSync(fd);
  throw new FilesystemError("bad-descriptor", "The directory of the mount was closed");
}
