import type { LogEntry } from "../../workload/log/log-entry.ts";
import { toTime } from "./workload.ts";

/** One line that a workload printed, or that the host said of it. */
export interface LogLineResource {
  readonly sequence: number;
  readonly time: string;
  readonly guest: string;
  readonly stream: LogEntry["stream"];
  readonly replica: number;
  readonly line: string;
}

export function toLogLine({
  sequence,
  time,
  guest,
  stream,
  replica,
  line,
}: LogEntry): LogLineResource {
  return { sequence, time: toTime(time), guest, stream, replica, line };
}
