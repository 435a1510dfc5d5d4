import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** bore's own program: what `BORE` names, or what the path has; undefined where there is none. */
export const bore: string | undefined = find(process.env["BORE"] ?? "bore");

/** What to say where there is none. */
export const NO_BORE = "skipped: no bore here (cargo install bore-cli; BORE=/path/to/bore)";

/** A bore that runs; disposing it ends it. */
export interface BoreProcess extends AsyncDisposable {
  /** What it printed, without colours. */
  readonly lines: readonly string[];
  readonly process: ChildProcess;
  /** Fulfils with the first line that holds `text`; rejects where it ends before. */
  until(text: string): Promise<string>;
  /** The exit code, once it ended. */
  readonly exited: Promise<number | null>;
}

/** Starts bore. Throws where there is none. */
export function startBore(args: readonly string[]): BoreProcess {
  if (bore === undefined) throw new Error(NO_BORE);
  const child = spawn(bore, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const one of waiting) one();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      wake();
    });
  }
  const { promise: exited, resolve } = Promise.withResolvers<number | null>();
  child.once("close", (code) => {
    resolve(code);
    wake();
  });
  return {
    lines,
    process: child,
    exited,
    async until(text) {
      while (true) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`bore ended:\n${lines.join("\n")}`);
        const next = Promise.withResolvers<void>();
        waiting.add(next.resolve);
        await next.promise;
        waiting.delete(next.resolve);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function find(name: string): string | undefined {
  return spawnSync(name, ["--version"]).status === 0 ? name : undefined;
}
