import { ForwardError } from "./error.ts";

/** What a person allows of forwards. */
export interface ForwardRulesOptions {
  /** Whether ports below 1024 may be taken outside; not by default. */
  readonly allowPrivileged?: boolean | undefined;
  /** Ports that are never taken outside. */
  readonly blockedPorts?: readonly number[] | undefined;
  /** Where `auto` looks for a free port; by default below what Linux gives to outgoing connections. */
  readonly autoPorts?: { readonly first: number; readonly last: number } | undefined;
}

/** Which ports of the machine forwards may take. */
export class ForwardRules {
  readonly autoPorts: { readonly first: number; readonly last: number };
  readonly #allowPrivileged: boolean;
  readonly #blocked: ReadonlySet<number>;

  constructor(options: ForwardRulesOptions = {}) {
    this.autoPorts = options.autoPorts ?? AUTO_PORTS;
    this.#allowPrivileged = options.allowPrivileged ?? false;
    this.#blocked = new Set(options.blockedPorts);
  }

  /** The same, with ports below 1024. */
  privileged(): ForwardRules {
    return new ForwardRules({
      allowPrivileged: true,
      blockedPorts: [...this.#blocked],
      autoPorts: this.autoPorts,
    });
  }

  /** Throws `ForwardError` (`privileged`, `blocked`) for a port that may not be taken. */
  check(port: number, suggest: (port: number) => string): void {
    if (port < PRIVILEGED_END && !this.#allowPrivileged) {
      throw new ForwardError(
        "privileged",
        `Cannot forward port ${port}: ports below ${PRIVILEGED_END} need permission. Try ${suggest(port + 8000)}`,
      );
    }
    if (this.#blocked.has(port)) {
      throw new ForwardError(
        "blocked",
        `Cannot forward port ${port}: the host's settings block it`,
      );
    }
  }
}

/** The first port that any user may open. */
const PRIVILEGED_END = 1024;

/** Outgoing connections of Linux come from 32768 to 60999, and one of them may sit on any port of those. */
const AUTO_PORTS = { first: 20_000, last: 29_999 };
