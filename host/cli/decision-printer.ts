import type { DecisionRecord } from "../../policy/decision-log.ts";
import { formatDecision } from "./format-decision.ts";
import { LineLimit } from "./line-limit.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what policy denied, and what it counted, a line each; with `verbose` what it let out as well. */
export class DecisionPrinter {
  readonly #terminal: Terminal;
  readonly #manifests: readonly string[];
  readonly #verbose: boolean;
  /** A guest that scans a network makes a new decision with each packet. */
  readonly #limit = new LineLimit({ burst: 10, interval: 1000 });

  constructor(terminal: Terminal, manifests: readonly string[], verbose: boolean) {
    this.#terminal = terminal;
    this.#manifests = manifests;
    this.#verbose = verbose;
  }

  /** `now` is in milliseconds, of a clock that does not go back. */
  print(workload: string, record: DecisionRecord, now: number): void {
    if (record.outcome === "allow" && !this.#verbose) return;
    const left = this.#limit.admit(workload, now);
    if (left === undefined) return;
    const note = left === 0 ? "" : ` (${left} more of this workload were not printed)`;
    const line = formatDecision(workload, record, this.#manifests);
    this.#terminal.err(
      this.#terminal.style("yellow", "policy:") + line.slice("policy:".length) + note,
    );
  }
}
