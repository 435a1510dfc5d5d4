import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program that serves something and says where; disposing it ends it in order. */
export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, as the program printed it; what `ready` found where that was given. */
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to the line with the URL. */
  readonly startTime: number;
  /** All lines that it printed so far, standard output and error together. */
  readonly lines: readonly string[];
  /** The exit code, once it ended. */
  readonly exited: Promise<number | null>;
  readonly process: ChildProcess;
}

/** Starts `islet run` on the manifests with an ingress on a free port, and waits until it is ready. */
export function startIslet(
  manifests: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const main = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));
  return startServer([main, "run", ...manifests, "--http", "127.0.0.1:0"], environment);
}

/** Starts a Node program and waits until it prints a URL, or what `ready` finds. Rejects with its output if it ends before that. */
export async function startServer(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  ready: RegExp = /http:\/\/127\.0\.0\.1:\d+/,
): Promise<ServerProcess> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  const lines: string[] = [];
  const url = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      const match = ready.exec(line);
      if (match !== null) url.resolve(match[0]);
    });
  }
  void exited.then((code) =>
    url.reject(new Error(`${args.join(" ")} ended with ${code}:\n${lines.join("\n")}`)),
  );
  return {
    url: await url.promise,
    pid: child.pid ?? 0,
    startTime: performance.now() - started,
    lines,
    exited,
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await exited;
    },
  };
}
