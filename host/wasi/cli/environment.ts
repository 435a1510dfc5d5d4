import type { Guest } from "../guest.ts";

/** `wasi:cli/environment`. */
export interface Environment {
  getEnvironment(): [string, string][];
  getArguments(): string[];
  initialCwd(): string | undefined;
}

/** What its author wrote for this guest; nothing of the host's own environment shows. */
export function createEnvironment(guest: Guest): Environment {
  return {
    getEnvironment: () => guest.options.environment.map(([name, value]) => [name, value]),
    getArguments: () => [...guest.options.args],
    // A guest without a file system stands nowhere.
    initialCwd: () => undefined,
  };
}
