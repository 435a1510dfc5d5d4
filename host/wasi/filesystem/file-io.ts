import { ftruncateSync, readSync, writeSync } from "node:fs";
import { checkU64 } from "../check-argument.ts";
import { FilesystemError } from "./error.ts";
import type { OpenFile } from "./open-file.ts";
import { statDescriptor } from "./stat.ts";

/**
 * The most that one call moves, in bytes: while the disk works, no guest of the workload does.
 * WIT, of `read`: "The returned list will contain up to `length` bytes; it may return fewer than requested".
 */
export const TRANSFER_MAX: number = 1 << 20;

/** Handed over of a file that has no size before it is read, as those in `/proc`. */
const UNSIZED_MAX = 1 << 16;

/** What one read will do. */
export interface ReadPlan {
  /** How much room it needs, at most `TRANSFER_MAX`. */
  readonly room: number;
  readonly position: number;
  /** Whether a read of `count` bytes has reached the end of the file. */
  readonly isEnd: (count: number) => boolean;
}

/** Plans a read of `length` bytes at `offset`, both from 0 to 2^64 - 1. */
export function planRead({ fd }: OpenFile, length: bigint, offset: bigint): ReadPlan {
  const position = toPosition(offset);
  const wanted = checkU64(length) > TRANSFER_MAX ? TRANSFER_MAX : Number(length);
  const size = Number(statDescriptor(fd).size);
  if (size === 0) {
    const room = Math.min(wanted, UNSIZED_MAX);
    return { room, position, isEnd: (count) => room > 0 && count === 0 };
  }
  const room = Math.min(wanted, Math.max(size - position, 0));
  return { room, position, isEnd: (count) => count < wanted };
}

/** Reads up to `target.length` bytes at `position` and returns how many. */
export function readAt({ fd }: OpenFile, target: Uint8Array, position: number): number {
  return target.length === 0 ? 0 : readSync(fd, target, 0, target.length, position);
}

/**
 * Writes `bytes`, at most `TRANSFER_MAX` of them, at `position`, or behind the end where that is undefined and the
 * file is open for appending; returns how many. What does not fit the volume's limit is not written at all.
 */
export function writeAt(
  { fd, volume: { usage } }: OpenFile,
  bytes: Uint8Array,
  position: number | undefined,
): number {
  const length = Math.min(bytes.length, TRANSFER_MAX);
  if (length === 0) return 0;
  if (usage === undefined) return writeSync(fd, bytes, 0, length, position ?? null);
  const size = Number(statDescriptor(fd).size);
  const start = position ?? size;
  const growthBy = (count: number): number => Math.max(start + count - size, 0);
  usage.grow(BigInt(growthBy(length)));
  let written = 0;
  try {
    written = writeSync(fd, bytes, 0, length, position ?? null);
    return written;
  } finally {
    usage.shrink(BigInt(growthBy(length) - (written > 0 ? growthBy(written) : 0)));
  }
}

/** WIT: "If this increases the file's size, the extra bytes are filled with zeros." */
export function resize({ fd, volume: { usage } }: OpenFile, size: bigint): void {
  const length = toLength(size);
  const growth = usage === undefined ? 0n : size - statDescriptor(fd).size;
  usage?.grow(growth);
  try {
    ftruncateSync(fd, length);
  } catch (error) {
    usage?.shrink(growth);
    throw error;
  }
  usage?.shrink(-growth);
}

/** A place to read at. Numbers that JavaScript cannot say are beyond all files. */
export function toPosition(offset: bigint): number {
  if (checkU64(offset) > MAX) throw new FilesystemError("overflow", "The offset is 2^53 or more");
  return Number(offset);
}

/** A place to write at or a size to have. */
export function toLength(size: bigint): number {
  if (checkU64(size) > MAX) throw new FilesystemError("file-too-large", "The size is 2^53 or more");
  return Number(size);
}

const MAX = BigInt(Number.MAX_SAFE_INTEGER);
