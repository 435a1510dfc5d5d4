import type { Database } from "./database.ts";
import { CommandError, type Reply } from "./reply.ts";

/** One command of the protocol. */
export interface Command {
  /** Arguments, the command's name included: exactly that many, or at least `-arity` of them. */
  readonly arity: number;
  /** Whether it may store something, which takes room. */
  readonly stores?: boolean;
  /** `args` are the arguments behind the name. */
  run(database: Database, ...args: readonly string[]): Reply;
}

/** By name, in lower case. */
export type Commands = Readonly<Record<string, Command>>;

/** @throws CommandError for what is no integer that a number can hold. */
export function toInteger(text: string | undefined): number {
  const value = text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new CommandError("ERR value is not an integer or out of range");
  }
  return value;
}

export function syntaxError(): CommandError {
  return new CommandError("ERR syntax error");
}

/** Two by two: a key and a value, a field and a value. */
export function pairs(args: readonly string[], command: string): [string, string][] {
  if (args.length === 0 || args.length % 2 !== 0) {
    throw new CommandError(`ERR wrong number of arguments for '${command}' command`);
  }
  const result: [string, string][] = [];
  for (let at = 0; at < args.length; at += 2) result.push([args[at] ?? "", args[at + 1] ?? ""]);
  return result;
}
