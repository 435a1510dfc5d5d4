import { toDisplayPath } from "../manifest/manifest-file.ts";
import type { Running } from "./run-host.ts";
import type { Terminal } from "./terminal.ts";
import { FileWatch } from "./watch-files.ts";

/** The same, and a word to the person where the host's configuration at `path` changes, which it is started with. */
export function withConfigWatch(
  running: Running,
  path: string | undefined,
  terminal: Terminal,
): Running {
  if (path === undefined) return running;
  const name = toDisplayPath(path, process.cwd());
  const watch = new FileWatch({
    onChange: () =>
      terminal.err(`${terminal.style("yellow", "note:")} ${name} changed, which needs a restart`),
  });
  return {
    async start() {
      await watch.watch([path]);
      await running.start();
    },
    stay: () => running.stay(),
    async [Symbol.asyncDispose]() {
      await using _watch = watch;
      await running[Symbol.asyncDispose]();
    },
  };
}
