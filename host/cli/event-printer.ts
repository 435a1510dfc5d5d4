import type { HostEvent } from "../host.ts";
import type { Style, Terminal } from "./terminal.ts";

/** Prints what happens in a host, a line each: what guests print, changes of state, and with `verbose` the rest. */
export class EventPrinter {
  readonly #terminal: Terminal;
  readonly #verbose: boolean;
  readonly #styles = new Map<string, Style>();

  constructor(terminal: Terminal, verbose: boolean) {
    this.#terminal = terminal;
    this.#verbose = verbose;
  }

  print(event: HostEvent): void {
    switch (event.tag) {
      case "log":
        this.#line(event.workload, `${event.guest} | ${printable(event.line)}`);
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
      case "warning":
        this.#terminal.err(`${this.#terminal.style("yellow", "warning:")} ${event.message}`);
    }
  }

  #line(workload: string, text: string): void {
    const style = this.#styles.get(workload) ?? STYLES[this.#styles.size % STYLES.length] ?? "cyan";
    this.#styles.set(workload, style);
    this.#terminal.err(`${this.#terminal.style(style, workload)} ${text}`);
  }
}

const STYLES: readonly Style[] = ["cyan", "magenta", "green", "blue", "yellow"];

/** A guest's line without the bytes that steer terminals: nobody's log may rewrite the screen. */
function printable(line: string): string {
  return line.replaceAll(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** C0 except the tab, DEL and C1 (ECMA-48). */
const CONTROL = /[^\P{Cc}\t]/gu;
