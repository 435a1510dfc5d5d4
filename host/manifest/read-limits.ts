import type { Context } from "./context.ts";
import type { Field } from "./field.ts";
import { readDuration, readMemory, readSize } from "./read-quantity.ts";
import type { Limits } from "./workload.ts";

/** What a guest may use whose manifest says nothing. */
export const DEFAULT_LIMITS: Limits = {
  memory: 256 * 2 ** 20,
  hang: 5000,
  sockets: 256,
  listeners: 64,
  bufferedBytes: 16 * 2 ** 20,
  heap: 256 * 2 ** 20,
  logRate: 1_000,
};

/** Reads `localResources.limits`. */
export function readLimits(field: Field, { report }: Context): Limits {
  return {
    memory: readMemory(field.at("memory"), DEFAULT_LIMITS.memory, report),
    // Less than this is over before a busy machine has given the guest its turn.
    hang: readDuration(field.at("hang"), DEFAULT_LIMITS.hang, report, {
      milliseconds: 100,
      text: "100ms",
    }),
    sockets: field.at("sockets").integer ?? DEFAULT_LIMITS.sockets,
    listeners: field.at("listeners").integer ?? DEFAULT_LIMITS.listeners,
    // Less than one connection needs would keep every byte from being read.
    bufferedBytes: readSize(
      field.at("bufferedBytes"),
      DEFAULT_LIMITS.bufferedBytes,
      { bytes: 64 * 2 ** 10, text: "64Ki" },
      { bytes: 4 * 2 ** 30, text: "4Gi" },
      report,
    ),
    // In less than this a thread cannot load what it runs.
    heap: readSize(
      field.at("heap"),
      DEFAULT_LIMITS.heap,
      { bytes: 32 * 2 ** 20, text: "32Mi" },
      { bytes: 4 * 2 ** 30, text: "4Gi" },
      report,
    ),
    logRate: field.at("logRate").integer ?? DEFAULT_LIMITS.logRate,
  };
}
