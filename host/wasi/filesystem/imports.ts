import { bareInterface, bindFunction, bindResource } from "../binding.ts";
import type { Guest } from "../guest.ts";
import { Access } from "./access.ts";
import { DescriptorQuota } from "./descriptor-quota.ts";
import { Descriptor } from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { filesystemErrorCode } from "./error.ts";
import { type Mount, openMount } from "./mount.ts";
import { OpenFile } from "./open-file.ts";
import { Volume } from "./volume.ts";
import "./descriptor-abi.ts";

/** `wasi:filesystem` for one guest, all of 0.2.x: it sees what `mounts` of its options give it, and nothing else. */
export function createFilesystemImports(
  guest: Guest,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const quota = new DescriptorQuota(guest.options.quota);
  return {
    "wasi:filesystem/preopens": {
      __proto__: null,
      getDirectories: () => openDirectories(guest, quota),
    },
    "wasi:filesystem/types": TYPES,
  };
}

/** What is the same for every guest: resources know theirs. */
const TYPES = bareInterface({
  Descriptor: bindResource(Descriptor, [
    "readViaStream",
    "writeViaStream",
    "appendViaStream",
    "advise",
    "syncData",
    "getFlags",
    "getType",
    "setSize",
    "setTimes",
    "read",
    "write",
    "readDirectory",
    "sync",
    "createDirectoryAt",
    "stat",
    "statAt",
    "setTimesAt",
    "linkAt",
    "openAt",
    "readlinkAt",
    "removeDirectoryAt",
    "renameAt",
    "symlinkAt",
    "unlinkFileAt",
    "isSameObject",
    "metadataHash",
    "metadataHashAt",
  ]),
  DirectoryEntryStream: bindResource(DirectoryEntryStream, ["readDirectoryEntry"]),
  filesystemErrorCode: bindFunction(filesystemErrorCode),
});

/** `wasi:filesystem/preopens.get-directories`; what cannot be opened traps, since WIT has no error for it. */
function openDirectories(guest: Guest, quota: DescriptorQuota): [Descriptor, string][] {
  return (guest.options.mounts ?? []).map((mount) => [
    openDirectory(guest, mount, quota),
    mount.path,
  ]);
}

function openDirectory(guest: Guest, mount: Mount, quota: DescriptorQuota): Descriptor {
  const file = new OpenFile(openMount(mount), new Volume(mount, quota));
  return new Descriptor(guest, new Access(file, {}, !mount.readOnly));
}
