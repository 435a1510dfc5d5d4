import Table from "cli-table3";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** A table in lines: a head, then rows, two spaces between columns and no border. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Pick<Terminal, "styleOut">,
): string[] {
  const table = new Table({
    chars: NO_BORDER,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  table.push(
    head.map((title) => terminal.styleOut("bold", title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** Text of others on one line of a table. */
export function cell(text: string): string {
  return printable(text).replaceAll("\t", " ");
}

const NO_BORDER = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
} as const;
