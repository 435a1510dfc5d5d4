import { pino } from "pino";
import type { LogEntry } from "./log-entry.ts";

/** Whose log it is. */
export interface LogIdentity {
  readonly namespace: string;
  readonly name: string;
  /** The workload's ID. */
  readonly id: string;
}

/** Makes the function that gives a line of a log as one line of JSON, with its line feed. */
export function createLogFormat({ namespace, name, id }: LogIdentity): (entry: LogEntry) => string {
  let text = "";
  const logger = pino(
    {
      base: { workload: `${namespace}/${name}`, id },
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void (text = line) },
  );
  return ({ time, guest, stream, replica, sequence, line }) => {
    const fields = { time: new Date(time).toISOString(), guest, stream, replica, sequence };
    // What goes to standard error is no error by itself: much of it is how it goes.
    if (stream === "stderr") logger.warn(fields, line);
    else logger.info(fields, line);
    return text;
  };
}
