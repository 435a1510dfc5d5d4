import { readFileSync } from "node:fs";
import type { QuotaLimits } from "./quota-table.ts";
import { QUOTA_PAGE } from "./quota.ts";

/**
 * What all workloads of a host may hold together. Sockets on the machine's network take a descriptor each,
 * so the process's limit of open files bounds them: half of it. A quarter is for files of guests, the rest for
 * requests and the host itself.
 */
export function hostQuotaLimits(descriptors: number = readDescriptorLimit()): QuotaLimits {
  const sockets = Math.min(Math.max(Math.floor(descriptors / 2), SOCKETS_MIN), SOCKETS_MAX);
  return {
    socket: sockets,
    connection: 2 * sockets,
    listener: sockets,
    page: BUFFERED_BYTES_MAX / QUOTA_PAGE,
    lookup: LOOKUPS_MAX,
    file: Math.min(Math.floor(descriptors / 4), SOCKETS_MAX),
  };
}

const SOCKETS_MIN = 64;
const SOCKETS_MAX = 32_768;
const BUFFERED_BYTES_MAX = 2 ** 30;
const LOOKUPS_MAX = 256;

/** Where the limit cannot be read: what most systems give at least. */
const DESCRIPTORS_DEFAULT = 1024;

/** How many files this process may have open; Node has no function that tells. */
export function readDescriptorLimit(): number {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Not Linux.
    return DESCRIPTORS_DEFAULT;
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? DESCRIPTORS_DEFAULT : Number(soft);
}
