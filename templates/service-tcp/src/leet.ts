/** Where the service listens; the http-api dials it on its workload's own 127.0.0.1. */
export const PORT = 7777;

/** The longest line that the service takes, in bytes without its end: 64 KiB. */
export const MAX_LINE = 65_536;

const DIGITS: Readonly<Record<string, string>> = {
  a: "4",
  e: "3",
  i: "1",
  l: "1",
  o: "0",
  s: "5",
  t: "7",
};

/** `Hello World` becomes `H3110 W0r1d`; what has no digit stays. */
export function toLeet(text: string): string {
  let leet = text;
  // QuickJS replaces one string by another eight times as fast as what a regular expression finds.
  for (const [letter, digit] of Object.entries(DIGITS)) {
    leet = leet.replaceAll(letter, digit).replaceAll(letter.toUpperCase(), digit);
  }
  return leet;
}
