import { readdir } from "node:fs/promises";
import { isIP } from "node:net";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import type { Client } from "../api/client/client.ts";
import { UnreachableError } from "../api/client/error.ts";
import type { Target } from "../api/client/connection.ts";
import { isAnswered } from "../api/socket-file.ts";
import { TokenError } from "../api/token.ts";
import { readOwnToken } from "../api/token-file.ts";
import type { CommandContext } from "./context.ts";
import { runtimeDirectory } from "./directories.ts";
import { DEFAULT_SOCKET, type HostAddress, parseHostAddress } from "./host-address.ts";
import { checkOwner } from "./private-directory.ts";
import { tokenFile } from "./token-source.ts";

export interface HostOption {
  readonly host?: string | undefined;
}

/** Adds `--host`, for commands that talk to a running host. */
export function addHostOption(command: Command): Command {
  return command.option(
    "--host <address>",
    "the host: a socket's name or path, or http://ADDR (default: ISLET_HOST, else host)",
  );
}

/**
 * Calls `use` with a client of the host that the person means; its errors say what to try.
 * Rejects where the person does not wait for an answer any more.
 */
export async function withHost<T>(
  { host }: HostOption,
  { environment, interrupt }: Pick<CommandContext, "environment" | "interrupt">,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const directory = runtimeDirectory(environment);
  const text = host ?? (environment["ISLET_HOST"] || DEFAULT_SOCKET);
  const address = parseHostAddress(text, directory);
  // Loading an HTTP client takes longer than all the rest of a command that needs none.
  const { Client } = await import("../api/client/client.ts");
  await using client = new Client(await toTarget(address, directory, environment), interrupt);
  try {
    return await use(client);
  } catch (error) {
    if (interrupt.aborted) {
      throw new Error("Stopped waiting for the host, which goes on with what it was asked for", {
        cause: error,
      });
    }
    throw error instanceof UnreachableError && error.gone
      ? await withAdvice(error, address, directory)
      : error;
  }
}

async function toTarget(
  address: HostAddress,
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<Target> {
  if (address.tag === "socket") {
    if (dirname(address.path) === directory) await checkOwner(directory);
    return address;
  }
  const { hostname } = address.url;
  const isHere = hostname === "localhost" || hostname === "[::1]" || isLoopback4(hostname);
  const given = environment["ISLET_TOKEN"];
  // The token of this machine's host is not for others.
  const token = given || (isHere ? await readUsualToken(environment) : undefined);
  return { ...address, token };
}

async function readUsualToken(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return await readOwnToken(tokenFile(environment));
  } catch (error) {
    if (error instanceof TokenError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the host's token: ${reason}. Set ISLET_TOKEN`, { cause: error });
  }
}

function isLoopback4(hostname: string): boolean {
  return isIP(hostname) === 4 && hostname.startsWith("127.");
}

async function withAdvice(
  error: UnreachableError,
  address: HostAddress,
  directory: string,
): Promise<UnreachableError> {
  const others = address.tag === "socket" ? await answered(directory) : [];
  const advice =
    others.length === 0 ? "Try: islet host" : `Try: --host ${others.join(", or --host ")}`;
  return new UnreachableError(`${error.message}. ${advice}`, true, { cause: error });
}

/** The names of the sockets that hosts answer at. */
async function answered(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const sockets = names.filter((name) => name.endsWith(".sock")).toSorted();
  const answers = await Promise.all(sockets.map((name) => isAnswered(join(directory, name))));
  return sockets
    .filter((_, index) => answers[index] === true)
    .map((name) => basename(name, ".sock"));
}
