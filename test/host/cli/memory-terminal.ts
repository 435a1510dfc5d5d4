import type { Terminal } from "../../../host/cli/terminal.ts";

/** A terminal without colours that remembers its lines. */
export class MemoryTerminal implements Terminal {
  readonly lines: string[] = [];
  readonly errors: string[] = [];

  out(line: string): void {
    this.lines.push(line);
  }

  err(line: string): void {
    this.errors.push(line);
  }

  styleOut(_format: unknown, text: string): string {
    return text;
  }

  style(_format: unknown, text: string): string {
    return text;
  }
}
