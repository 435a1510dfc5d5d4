import type { Command } from "commander";
import { UsageError } from "./usage-error.ts";

/** Adds `-o json`. */
export function addOutputOption(command: Command): Command {
  return command.option("-o, --output <format>", "json, for programs");
}

/** Whether `-o` asks for JSON. Throws `UsageError` where it asks for what there is not. */
export function isJson(output: string | undefined): boolean {
  if (output === undefined || output === "json") return output === "json";
  throw new UsageError(`-o ${output} is no output. Try -o json`);
}
