import type { Command, Commands } from "./command.ts";
import { COLLECTIONS } from "./commands/collections.ts";
import { KEYS } from "./commands/keys.ts";
import { SERVER } from "./commands/server.ts";
import { STRINGS } from "./commands/strings.ts";
import type { Database } from "./database.ts";
import { CommandError, type Reply } from "./reply.ts";

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [STRINGS, KEYS, COLLECTIONS, SERVER].flatMap((commands: Commands) => Object.entries(commands)),
);

/** Carries out a command, whose first word is its name; what goes wrong is its reply. */
export function execute(database: Database, [name = "", ...args]: readonly string[]): Reply {
  try {
    const command = COMMANDS.get(name.toLowerCase());
    if (command === undefined) throw new CommandError(`ERR unknown command '${excerpt(name)}'`);
    const { arity } = command;
    const count = args.length + 1;
    if (arity >= 0 ? count !== arity : count < -arity) {
      const shown = name.toLowerCase();
      throw new CommandError(`ERR wrong number of arguments for '${shown}' command`);
    }
    if (command.stores === true) database.checkRoom();
    return command.run(database, ...args);
  } catch (error) {
    if (error instanceof CommandError) return { tag: "error", text: error.message };
    throw error;
  }
}

function excerpt(text: string): string {
  return text.length > 128 ? `${text.slice(0, 128)}…` : text;
}
