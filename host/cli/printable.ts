/** A guest's text without the bytes that steer terminals: nobody's log may rewrite the screen. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** The same of a text of several lines, such as a message of an error. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** C0 except the tab, DEL and C1 (ECMA-48). */
const CONTROL = /[^\P{Cc}\t]/gu;
