/** The longest argument, in bytes: 1 MiB. */
export const MAX_BULK: number = 1024 * 1024;

const MAX_ARGUMENTS = 16 * 1024;
const MAX_INLINE = 64 * 1024;
/** All arguments of one command together, in bytes. */
const MAX_COMMAND = 8 * 1024 * 1024;

/** Bytes that are no command: what follows them cannot be understood, so the connection ends. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/**
 * Puts commands together from reads of any size: arrays of bulk strings, as clients send them, and lines of words,
 * as people type them into a terminal.
 */
export class CommandParser {
  /** What no command has been made of yet, as a byte string. */
  #text = "";
  #at = 0;
  #arguments: string[] = [];
  /** Arguments of the present command that are missing; undefined between commands. */
  #missing: number | undefined;
  #size = 0;

  /**
   * Takes what was read, and returns the commands that it completes; none is empty.
   *
   * @throws ProtocolError, after which nothing more can be read.
   */
  *push(bytes: string): Iterable<readonly string[]> {
    this.#text = this.#text.slice(this.#at) + bytes;
    this.#at = 0;
    for (;;) {
      const command = this.#next();
      if (command === undefined) return;
      if (command.length > 0) yield command;
    }
  }

  /** The next command; undefined while it is not complete. */
  #next(): readonly string[] | undefined {
    if (this.#missing === undefined) {
      const line = this.#line();
      if (line === undefined) return undefined;
      if (!line.startsWith("*")) return line.split(/[ \t]+/).filter((word) => word !== "");
      this.#missing = Math.max(0, number(line, MAX_ARGUMENTS, "multibulk"));
    }
    while (this.#missing > 0) {
      const argument = this.#bulk();
      if (argument === undefined) return undefined;
      this.#size += argument.length;
      if (this.#size > MAX_COMMAND) throw new ProtocolError("too big a command");
      this.#arguments.push(argument);
      this.#missing -= 1;
    }
    const command = this.#arguments;
    this.#arguments = [];
    this.#missing = undefined;
    this.#size = 0;
    return command;
  }

  #bulk(): string | undefined {
    const start = this.#at;
    const line = this.#line();
    if (line === undefined) return undefined;
    if (!line.startsWith("$")) throw new ProtocolError(`expected '$', got '${line.slice(0, 1)}'`);
    const length = number(line, MAX_BULK, "bulk");
    if (length < 0) throw new ProtocolError("invalid bulk length");
    const end = this.#at + length;
    if (this.#text.length < end + 2) {
      this.#at = start;
      return undefined;
    }
    const argument = this.#text.slice(this.#at, end);
    if (this.#text.slice(end, end + 2) !== "\r\n") {
      throw new ProtocolError("an argument is longer than it says");
    }
    this.#at = end + 2;
    return argument;
  }

  #line(): string | undefined {
    const end = this.#text.indexOf("\n", this.#at);
    if (end < 0) {
      if (this.#text.length - this.#at > MAX_INLINE) throw new ProtocolError("too big a line");
      return undefined;
    }
    const line = this.#text.slice(this.#at, end).replace(/\r$/, "");
    this.#at = end + 1;
    return line;
  }
}

function number(line: string, max: number, what: string): number {
  const text = line.slice(1);
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value > max) throw new ProtocolError(`invalid ${what} length`);
  return value;
}
