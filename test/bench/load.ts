import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface Load {
  readonly url: string;
  readonly connections: number;
  /** Whole seconds, at least 1. */
  readonly seconds: number;
}

/** The generator that this machine has: wrk costs little of the two cores, autocannon needs nothing but npm. */
export function loadGenerator(): "wrk" | "autocannon" {
  try {
    execFileSync("wrk", ["--version"], { stdio: "ignore" });
  } catch (error) {
    // wrk --version prints its version and exits with 1.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "autocannon";
  }
  return "wrk";
}

/** Requests a second that `url` answers; throws if any answer is an error. */
export async function requestRate(load: Load): Promise<number> {
  return loadGenerator() === "wrk" ? rateByWrk(load) : rateByAutocannon(load);
}

async function rateByWrk({ url, connections, seconds }: Load): Promise<number> {
  const { stdout } = await run("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, url]);
  const errors = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(stdout);
  if (errors !== null) throw new Error(`${url} answered with errors: ${errors[0]}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

async function rateByAutocannon({ url, connections, seconds }: Load): Promise<number> {
  const program = fileURLToPath(import.meta.resolve("autocannon"));
  const options = ["--json", "-c", String(connections), "-d", String(seconds), url];
  const { stdout } = await run(process.execPath, [program, ...options]);
  const report: AutocannonReport = JSON.parse(stdout);
  if (report.errors + report.non2xx > 0) {
    throw new Error(`${url} answered with ${report.errors + report.non2xx} errors`);
  }
  return report.requests.average;
}

interface AutocannonReport {
  readonly errors: number;
  readonly non2xx: number;
  readonly requests: { readonly average: number };
}

const run = promisify(execFile);
