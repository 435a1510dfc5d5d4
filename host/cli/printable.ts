/** A guest's text without the bytes that steer terminals: nobody's log may rewrite the screen. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** C0 except the tab, DEL and C1 (ECMA-48). */
const CONTROL = /[^\P{Cc}\t]/gu;
