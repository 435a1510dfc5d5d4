import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LogFile } from "./log-file.ts";
import { logFileName } from "./log-file-name.ts";
import type { LogIdentity } from "./log-format.ts";
import type { LogStore } from "./log-store.ts";
import type { Rotation } from "./rotating-file.ts";

export interface LogFilesOptions {
  /** Made where it is missing, for its owner alone; one that is there is left as it is. */
  readonly directory: string;
  /** Told of a file that cannot be written, once for each. */
  readonly onWarning: (message: string) => void;
  readonly rotation?: Rotation | undefined;
}

/** A directory with a log file for each workload. */
export class LogFiles {
  readonly #options: LogFilesOptions;

  /** Rejects where the directory cannot be made. */
  static async open(options: LogFilesOptions): Promise<LogFiles> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    return new LogFiles(options);
  }

  private constructor(options: LogFilesOptions) {
    this.#options = options;
  }

  /** Writes all lines that `store` holds and gets, until the result is disposed; then the file is closed. */
  keep(identity: LogIdentity, store: LogStore): AsyncDisposable {
    const { directory, onWarning, rotation } = this.#options;
    const path = join(directory, logFileName(identity.namespace, identity.name));
    const file = new LogFile({ path, identity, rotation, onWarning });
    const page = store.page();
    for (const entry of page.entries) file.write(entry);
    const following = page.follow((entry) => file.write(entry));
    return {
      [Symbol.asyncDispose]: async () => {
        following[Symbol.dispose]();
        await file[Symbol.asyncDispose]();
      },
    };
  }
}
