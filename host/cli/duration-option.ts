import { parseAhead, parseDuration } from "../manifest/duration.ts";
import { UsageError } from "./usage-error.ts";

/** Throws `UsageError` where an option was given and is no duration, with one that is. */
export function checkDuration(option: string, text: string | undefined, example: string): void {
  if (text === undefined || parseDuration(text) !== undefined) return;
  throw new UsageError(`${option} ${text} is no duration. Try ${option} ${example}`);
}

/** The same for the time until something ends. */
export function checkAhead(option: string, text: string | undefined, example: string): void {
  if (text === undefined || parseAhead(text) !== undefined) return;
  throw new UsageError(
    `${option} ${text} is no duration up to a century. Try ${option} ${example}`,
  );
}
