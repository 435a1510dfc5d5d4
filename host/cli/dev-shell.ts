import { spawn } from "node:child_process";
import { once } from "node:events";
import { BuildError } from "./build-error.ts";

export interface ShellOptions {
  /** The working directory. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the command, and what it started. */
  readonly signal: AbortSignal;
}

/** Milliseconds that a command has to end in when it is told to. */
const GRACE = 2_000;

/**
 * Runs a command of the shell and shows all of its output on standard error.
 * Rejects with `BuildError` where it fails or cannot be run, and with the reason of the signal once that aborts.
 */
export async function runShell(
  command: string,
  { directory, environment, signal }: ShellOptions,
): Promise<void> {
  signal.throwIfAborted();
  const isWindows = process.platform === "win32";
  const child = spawn(command, {
    shell: true,
    cwd: directory,
    env: environment,
    stdio: ["ignore", 2, 2],
    // In a group of its own it can be ended with all that it started.
    detached: !isWindows,
  });
  const end = (name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (isWindows) child.kill(name);
      else process.kill(-child.pid, name);
    } catch {
      // It ended meanwhile.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    end("SIGTERM");
    timer = setTimeout(() => end("SIGKILL"), GRACE);
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    const [code, by] = await once(child, "close");
    signal.throwIfAborted();
    if (code === 0) return;
    const how = code === null ? `was ended by ${String(by)}` : `failed with exit code ${code}`;
    throw new BuildError("command-failed", `The build command ${how}: ${command}`);
  } catch (cause) {
    if (cause instanceof BuildError || signal.aborted) throw cause;
    throw new BuildError("command-failed", `Cannot run the build command ${command}`, { cause });
  } finally {
    signal.removeEventListener("abort", abort);
    clearTimeout(timer);
  }
}
