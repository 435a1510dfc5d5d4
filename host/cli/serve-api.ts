import { randomBytes } from "node:crypto";
import { BlockList } from "node:net";
import { dirname } from "node:path";
import type { Command } from "commander";
import { SocketFileError } from "../api/socket-file.ts";
import { type Api, createApi } from "../api/api-server.ts";
import { ListenError } from "../ingress/listen.ts";
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from "../ingress/listen-address.ts";
import type { HostOperations } from "../operations.ts";
import type { CommandContext } from "./context.ts";
import { runtimeDirectory } from "./directories.ts";
import { type FirecaseFlags, toFirecaseOptions } from "./firecase-flags.ts";
import { DEFAULT_SOCKET, parseSocketPath } from "./host-address.ts";
import { printableLines } from "./printable.ts";
import { makePrivateDirectory } from "./private-directory.ts";
import { shellQuote } from "./shell-quote.ts";
import { sweepSockets } from "./sweep-sockets.ts";
import { readTokens } from "./token-source.ts";
import { UsageError } from "./usage-error.ts";

export interface ApiCommandOptions extends FirecaseFlags {
  /** Undefined means the usual address, as far as it is free; false no API at all. */
  readonly api?: string | false | undefined;
  readonly socket?: string | undefined;
  readonly apiTokenFile?: string | undefined;
  readonly allowRemoteApi?: boolean | undefined;
  readonly apiAdminTokenFile?: string | undefined;
}

/** Where the API of a host is served. */
export interface ServedApi extends AsyncDisposable {
  /** The socket; undefined where there is none. */
  readonly socketPath: string | undefined;
  /** `http://…`; undefined where it is not served over TCP. */
  readonly url: string | undefined;
}

type Surroundings = Pick<CommandContext, "environment" | "terminal">;

interface SharedOptions extends ApiCommandOptions {
  /** Whether the usual socket and address may be another host's. */
  readonly isShared: boolean;
}

const DEFAULT_API: ListenAddress = { host: "127.0.0.1", port: 8787 };

/** Adds the options of commands that serve the API. */
export function addApiOptions(command: Command): Command {
  return command
    .option("--api <address>", "where the control API is served over TCP (default: 127.0.0.1:8787)")
    .option("--no-api", "serve no control API, not even on the socket")
    .option("--socket <name>", "name or path of its Unix socket (default: host)")
    .option("--api-token-file <file>", "its token (default: ISLET_TOKEN, else one that is made)")
    .option(
      "--api-admin-token-file <file>",
      "token that permits Firecase's clients ports below 1024 as well (default: ISLET_ADMIN_TOKEN)",
    )
    .option("--allow-remote-api", "let --api be an address that other machines reach", false)
    .option("--forward-hostname <name>", "name of this machine for Firecase's clients", "localhost")
    .option("--forward-address <address>", "where their forwards listen (default: loopback)")
    .option("--max-forwarded-ports <count>", "how many they may have for one workload", "5");
}

/** What is to be served where; checked before anything is started. Throws `UsageError`. */
export function checkApiOptions(options: ApiCommandOptions): void {
  const { api, allowRemoteApi, socket } = options;
  if (socket !== undefined) parseSocketPath(socket, "/", "--socket");
  toFirecaseOptions(options);
  if (api === undefined || api === false) return;
  const address = parseListenAddress(api);
  if (address === undefined) {
    throw new UsageError(`--api ${api} is no address. Try --api 127.0.0.1:8787, or --api 8787`);
  }
  if (allowRemoteApi !== true && !isLoopback(address.host)) {
    throw new UsageError(
      `--api ${api} would let other machines control this host, in clear text. ` +
        "If that is meant, add --allow-remote-api",
    );
  }
}

/**
 * Serves the API of a host as the options say. What a person asked for and cannot be had is an error;
 * of a host that `isShared` with others on this machine, the usual address and name may be another's.
 */
export async function serveApi(
  host: HostOperations,
  options: SharedOptions & { readonly notReady?: () => string | undefined },
  { environment, terminal }: Surroundings,
): Promise<ServedApi> {
  checkApiOptions(options);
  if (options.api === false) {
    return { socketPath: undefined, url: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  await using stack = new AsyncDisposableStack();
  const api = stack.use(
    createApi({
      host,
      notReady: options.notReady,
      firecase: toFirecaseOptions(options),
      onError: (error) =>
        terminal.err(
          `${terminal.style("yellow", "warning:")} A request to the API failed in the host: ${printableLines(String(error))}`,
        ),
    }),
  );
  const socketPath = await listenOnSocket(api, options, { environment, terminal });
  const url = await listenOnTcp(api, options, { environment, terminal });
  const owned = stack.move();
  return { socketPath, url, [Symbol.asyncDispose]: async () => await owned.disposeAsync() };
}

async function listenOnSocket(
  api: Api,
  { socket, isShared }: SharedOptions,
  { environment, terminal }: Surroundings,
): Promise<string | undefined> {
  const directory = runtimeDirectory(environment);
  const path = parseSocketPath(socket ?? DEFAULT_SOCKET, directory, "--socket");
  try {
    if (dirname(path) === directory) await makePrivateDirectory(directory);
    await api.listenOnSocket(path);
    return path;
  } catch (error) {
    const isTaken = error instanceof SocketFileError && error.code === "taken";
    if (socket === undefined && isShared) {
      if (isTaken) return await listenOnOwnSocket(api, directory);
      terminal.err(terminal.style("dim", `The control API has no socket: ${messageOf(error)}`));
      return undefined;
    }
    if (!isTaken) throw error;
    throw new Error(`${error.message}. Try another name: --socket NAME`, { cause: error });
  }
}

const OWN_PREFIX = "run-";

/** A name that nobody else has. */
async function listenOnOwnSocket(api: Api, directory: string): Promise<string> {
  await sweepSockets(directory, OWN_PREFIX);
  const name = `${OWN_PREFIX}${randomBytes(3).toString("hex")}`;
  const path = parseSocketPath(name, directory, "--socket");
  await api.listenOnSocket(path);
  return path;
}

async function listenOnTcp(
  api: Api,
  { api: text, apiTokenFile, apiAdminTokenFile, isShared }: SharedOptions,
  { environment, terminal }: Surroundings,
): Promise<string | undefined> {
  const address = typeof text === "string" ? parseListenAddress(text) : DEFAULT_API;
  if (address === undefined) return undefined;
  try {
    const files = { apiTokenFile, apiAdminTokenFile };
    const { token, adminToken } = await readTokens(files, environment);
    const bound = await api.listenOnTcp(address, token, adminToken);
    return `http://${formatListenAddress({ host: bound.address, port: bound.port })}`;
  } catch (error) {
    const isMeant = [text, apiTokenFile, apiAdminTokenFile].some((option) => option !== undefined);
    if (isMeant || !isShared) throw error;
    const reason =
      error instanceof ListenError
        ? `another program holds ${formatListenAddress(address)}`
        : messageOf(error);
    terminal.err(terminal.style("dim", `The control API is not on TCP: ${reason}`));
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where the API is, for people; and how commands find it, where they would not. */
export function describeApi(
  { socketPath, url }: Pick<ServedApi, "socketPath" | "url">,
  environment: NodeJS.ProcessEnv,
): string[] {
  const places = [socketPath, url].filter((place) => place !== undefined);
  if (places.length === 0) return [];
  const usual = parseSocketPath(DEFAULT_SOCKET, runtimeDirectory(environment), "--socket");
  const place = socketPath ?? url ?? "";
  const hint = place === usual ? "" : `. Commands find it with --host ${shellQuote(place)}`;
  return [`Control API at ${places.join(" and ")}${hint}`];
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.check(host, host.includes(":") ? "ipv6" : "ipv4");
}

const LOOPBACK: BlockList = loopback();

function loopback(): BlockList {
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addAddress("::1", "ipv6");
  return list;
}
