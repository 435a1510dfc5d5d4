import { LruMap } from "../engine/lru-map.ts";
import type { HostEvent } from "../host-event.ts";
import { DecisionPrinter } from "./decision-printer.ts";
import { printable, printableLines } from "./printable.ts";
import type { Style, Terminal } from "./terminal.ts";

/** Prints what happens in a host, a line each: what guests print, changes of state, and with `verbose` the rest. */
export class EventPrinter {
  readonly #terminal: Terminal;
  readonly #verbose: boolean;
  readonly #decisions: DecisionPrinter;
  readonly #styles = new LruMap<string, Style>(STYLED_MAX);
  #styled = 0;

  /** `manifests` are the files that the workloads come from. */
  constructor(terminal: Terminal, verbose: boolean, manifests: readonly string[]) {
    this.#terminal = terminal;
    this.#verbose = verbose;
    this.#decisions = new DecisionPrinter(terminal, manifests, verbose);
  }

  print(event: HostEvent): void {
    switch (event.tag) {
      case "log":
        this.#line(event.workload, `${event.guest} | ${event.line}`);
        return;
      case "state":
        if (this.#verbose || event.state.tag === "error" || event.state.tag === "starting") {
          this.#line(event.workload, `${event.state.tag}: ${event.state.reason}`);
        }
        return;
      case "port":
        if (this.#verbose) {
          this.#line(event.workload, `${event.open ? "listens on" : "left"} ${event.address}`);
        }
        return;
      case "decision":
        this.#decisions.print(event.workload, event.record, performance.now());
        return;
      case "applied":
        if (event.outcome === "kept" || event.outcome === "failed" || this.#verbose) {
          const why = event.reason === undefined ? "" : ` (${event.reason})`;
          this.#line(event.workload, `${event.outcome}: version ${event.generation}${why}`);
        }
        return;
      case "deleted":
        if (this.#verbose) this.#line(event.workload, "deleted");
        return;
      case "forward":
        if (this.#verbose) {
          const what = event.open ? "is offered at" : "is offered no more at";
          this.#line(event.workload, `${what} ${event.addresses.join(" ")}`);
        }
        return;
      case "tunnel":
        this.#line(event.workload, event.message);
        return;
      case "warning":
        this.#terminal.err(
          `${this.#terminal.style("yellow", "warning:")} ${printableLines(event.message)}`,
        );
    }
  }

  /** Guests, and servers of tunnels, have a say in what happens to a workload. */
  #line(workload: string, text: string): void {
    const style = this.#styles.get(workload) ?? STYLES[this.#styled++ % STYLES.length] ?? "cyan";
    this.#styles.set(workload, style);
    this.#terminal.err(`${this.#terminal.style(style, workload)} ${printable(text)}`);
  }
}

/** Workloads that are known by their colour: they come and go for as long as a host runs. */
const STYLED_MAX = 1024;

const STYLES: readonly Style[] = ["cyan", "magenta", "green", "blue", "yellow"];
