import { DURATION_MAX, parseDuration } from "./duration.ts";
import type { Field } from "./field.ts";
import type { Report } from "./report.ts";
import { parseSize } from "./size.ts";

/** The duration in `field`, in milliseconds, at least `least`; `otherwise` where there is none. */
export function readDuration(
  field: Field,
  otherwise: number,
  report: Report,
  least = { milliseconds: 0, text: "0ms" },
): number {
  const duration = field.text === undefined ? undefined : parseDuration(field.text);
  if (duration === undefined) return otherwise;
  if (duration < least.milliseconds) {
    const message = `${field.path} must be at least ${least.text}, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  } else if (duration > DURATION_MAX) {
    const message = `${field.path} must be at most 596h, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  }
  return duration;
}

/** The memory limit in `field`, in bytes, in whole pages; `otherwise` where there is none. */
export function readMemory(field: Field, otherwise: number, report: Report): number {
  const size = field.text === undefined ? undefined : parseSize(field.text);
  if (size === undefined) return otherwise;
  if (size < PAGE) {
    const message = `${field.path} must be at least 64Ki, the size of one page, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  } else if (size > MEMORY_MAX) {
    const message = `${field.path} must be at most 4Gi, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  }
  return Math.ceil(size / PAGE) * PAGE;
}

/** The size in `field`, in bytes, between two bounds; `otherwise` where there is none. */
export function readSize(
  field: Field,
  otherwise: number,
  least: SizeBound,
  most: SizeBound,
  report: Report,
): number {
  const size = field.text === undefined ? undefined : parseSize(field.text);
  if (size === undefined) return otherwise;
  if (size < least.bytes) {
    const message = `${field.path} must be at least ${least.text}, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  } else if (size > most.bytes) {
    const message = `${field.path} must be at most ${most.text}, not ${field.text}`;
    report.problem("bad-value", field.location, message);
  }
  return size;
}

/** The end of a range of sizes, and how an author would write it. */
interface SizeBound {
  readonly bytes: number;
  readonly text: string;
}

// WebAssembly's page, and all that a 32-bit memory can have of them.
const PAGE = 2 ** 16;
const MEMORY_MAX = 2 ** 32;
