import { closeSync, constants, fdatasync, fsync, openSync } from "node:fs";
import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import type { Condition } from "../io/suspend.ts";
import { descriptorPath } from "./descriptor-path.ts";
import { toFilesystemGuestError } from "./error.ts";
import type { Access } from "./access.ts";
import type { OpenFile } from "./open-file.ts";

/**
 * Waits until the disk has what was written; `data` leaves out what is not needed to read it back.
 * This takes as long as the disk takes, so the guest is suspended meanwhile and others of its workload run.
 * Rejects with a `GuestError` of an `ErrorCode`, and where the guest ends first. Undefined where nothing is to wait for;
 * WIT: "This function succeeds with no effect if the file descriptor is not opened for writing."
 */
export function synchronize(
  guest: Guest,
  { file, flags }: Access,
  only: "data" | "all",
): Promise<void> | undefined {
  if (flags.write !== true && flags.mutateDirectory !== true) return undefined;
  const call = new SyncCall(file, only === "data" ? fdatasync : fsync);
  return guest.suspender.until<void>([call], () => {
    if (call.failure !== null) throw toFilesystemGuestError(call.failure);
  });
}

class SyncCall implements Condition {
  readonly waitList: WaitList = new WaitList();
  ready = false;
  failure: Error | null = null;

  constructor(file: OpenFile, sync: typeof fsync) {
    const isDirectory = file.type === "directory";
    // A directory is held with a descriptor that has no data to synchronize.
    const fd = isDirectory ? openSync(descriptorPath(file.fd), DIRECTORY_FLAGS) : file.fd;
    // Nobody may close the descriptor under the call, and its number go to another file.
    file.retain();
    sync(fd, (failure) => {
      this.failure = failure;
      this.ready = true;
      if (isDirectory) closeSync(fd);
      file[Symbol.dispose]();
      this.waitList.notify();
    });
  }
}

const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;
