import { createHash, randomBytes } from "node:crypto";
import { type BigIntStats, constants, fstatSync } from "node:fs";
import type {
  Datetime,
  DescriptorStat,
  DescriptorType,
  MetadataHashValue,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";

/** The attributes of what `fd` has open. */
export function statDescriptor(fd: number): BigIntStats {
  return fstatSync(fd, { bigint: true });
}

/** `descriptor-type` of a file. */
export function toDescriptorType({ mode }: Pick<BigIntStats, "mode">): DescriptorType {
  return TYPES.get(Number(mode) & constants.S_IFMT) ?? "unknown";
}

/** `descriptor-stat` of a file. */
export function toDescriptorStat(stats: BigIntStats): DescriptorStat {
  const { nlink, size } = stats;
  const stat: DescriptorStat = { type: toDescriptorType(stats), linkCount: nlink, size };
  const accessed = toDatetime(stats.atimeNs);
  const modified = toDatetime(stats.mtimeNs);
  const changed = toDatetime(stats.ctimeNs);
  if (accessed !== undefined) stat.dataAccessTimestamp = accessed;
  if (modified !== undefined) stat.dataModificationTimestamp = modified;
  if (changed !== undefined) stat.statusChangeTimestamp = changed;
  return stat;
}

/**
 * WIT: "This returns a hash of the last-modification timestamp and file size, and may also include the inode number,
 * device number, birth timestamp, and other metadata fields that may change when the file is modified or replaced.
 * It may also include a secret value chosen by the implementation and not otherwise exposed."
 */
export function hashMetadata({
  mtimeNs,
  size,
  ino,
  dev,
  birthtimeNs,
}: BigIntStats): MetadataHashValue {
  const fields = BigUint64Array.of(mtimeNs, size, ino, dev, birthtimeNs);
  const hash = createHash("sha256").update(SECRET).update(fields).digest();
  return { lower: hash.readBigUInt64LE(0), upper: hash.readBigUInt64LE(8) };
}

/** Undefined before 1970, which a `datetime` cannot say. */
function toDatetime(nanoseconds: bigint): Datetime | undefined {
  if (nanoseconds < 0n) return undefined;
  return {
    seconds: nanoseconds / SECOND,
    nanoseconds: Number(nanoseconds % SECOND),
  };
}

const SECOND = 1_000_000_000n;

/** A thread's own: what a hash was made of cannot be guessed by trying. */
const SECRET = randomBytes(32);

const TYPES: ReadonlyMap<number, DescriptorType> = new Map<number, DescriptorType>([
  [constants.S_IFBLK, "block-device"],
  [constants.S_IFCHR, "character-device"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFLNK, "symbolic-link"],
  [constants.S_IFREG, "regular-file"],
  [constants.S_IFSOCK, "socket"],
]);
