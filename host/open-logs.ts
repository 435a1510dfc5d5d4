import type { OpenLog } from "./workload/fleet-parts.ts";
import { LogFiles } from "./workload/log/log-files.ts";
import type { LogIdentity } from "./workload/log/log-format.ts";
import { LogStore } from "./workload/log/log-store.ts";

/** Seconds' worth of lines that guests may print at once, after a silence. */
const BURST = 10;

/** Makes what opens the logs of workloads: in memory, and as files of `directory` where one is given. */
export async function openLogs(
  directory: string | undefined,
  onWarning: (message: string) => void,
): Promise<(identity: LogIdentity, linesPerSecond: () => number) => OpenLog> {
  const files = directory === undefined ? undefined : await LogFiles.open({ directory, onWarning });
  return (identity, linesPerSecond) => {
    const store = new LogStore({
      // It may change with each version of the workload.
      rate: () => ({ lines: linesPerSecond(), burst: linesPerSecond() * BURST }),
      onFailure: (error) => onWarning(`A reader of a log failed: ${String(error)}`),
    });
    const file = files?.keep(identity, store);
    return {
      store,
      [Symbol.asyncDispose]: async () => {
        store[Symbol.dispose]();
        await file?.[Symbol.asyncDispose]();
      },
    };
  };
}
