import type { Running } from "./run-host.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** Runs what manifests declare, and what they declare later, until the signal aborts. */
export function watchWorkloads(options: WatchOptions): Running {
  const { terminal } = options;
  const watch = new Watch(options);
  return {
    async start() {
      const isGood = await watch.start();
      const text = isGood ? "watching for changes" : "waiting for a change that makes it right";
      if (!options.signal.aborted) terminal.err(terminal.style("dim", text));
    },
    stay: () => watch.run(),
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  };
}
