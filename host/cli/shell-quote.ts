/** An argument as a POSIX shell reads it: as it is where that means itself, else in single quotes. */
export function shellQuote(argument: string): string {
  return PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

const PLAIN = /^[\w.,:/@%+-]+$/;
