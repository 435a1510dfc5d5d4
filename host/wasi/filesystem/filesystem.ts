import { type AbsentResource, createAbsentResource } from "../absent-resource.ts";

const REASON = "no preopened directory exists";

/** `wasi:filesystem/types.descriptor`: a guest gets its first from a preopened directory, and it has none. */
export const Descriptor: AbsentResource = createAbsentResource(
  "descriptor",
  [
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
  ],
  REASON,
);

/** `wasi:filesystem/types.directory-entry-stream` */
export const DirectoryEntryStream: AbsentResource = createAbsentResource(
  "directory-entry-stream",
  ["readDirectoryEntry"],
  REASON,
);

/** `wasi:filesystem/types.filesystem-error-code`: no stream of a guest belongs to a file. */
export function filesystemErrorCode(): undefined {
  return undefined;
}

/** `wasi:filesystem/preopens.get-directories`: none. */
export function getDirectories(): [] {
  return [];
}
