import type { Command } from "commander";
import { addHostOption } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { addOutputOption } from "./output-format.ts";
import { tunnelLinkCommand, type TunnelLinkOptions } from "./tunnel-link.ts";
import { tunnelServeCommand, type TunnelServeOptions } from "./tunnel-serve.ts";
import { tunnelStartCommand, type TunnelStartOptions } from "./tunnel-start.ts";
import { tunnelStatusCommand, type TunnelStatusOptions } from "./tunnel-status.ts";
import { reconnectTunnels, stopTunnels, type TunnelStopOptions } from "./tunnel-stop.ts";

/** Adds `islet tunnel` with what belongs to it. */
export function addTunnelCommands(program: Command, context: CommandContext): void {
  const tunnel = program
    .command("tunnel")
    .description("publish ports of workloads through a server of the bore protocol");
  addStart(tunnel, context);
  remote(tunnel, "status", "list tunnels, with their addresses and what went through them")
    .argument("[workload]", WORKLOAD)
    .action((reference: string | undefined, options: TunnelStatusOptions) =>
      tunnelStatusCommand(reference, options, context),
    );
  remote(tunnel, "stop", "give public ports up, and reset their visitors")
    .argument("<workload>", WORKLOAD)
    .argument("[id...]", "IDs of tunnels, or the beginnings of them; all without")
    .action((reference: string, ids: string[], options: TunnelStopOptions) =>
      stopTunnels(reference, ids, options, context),
    );
  remote(tunnel, "reconnect", "connect anew at once, also what failed")
    .argument("<workload>", WORKLOAD)
    .argument("[id...]", "IDs of tunnels, or the beginnings of them; all without")
    .action((reference: string, ids: string[], options: TunnelStopOptions) =>
      reconnectTunnels(reference, ids, options, context),
    );
  remote(tunnel, "link", "make a signed link that lets its holder in")
    .argument("<workload>", WORKLOAD)
    .argument("[id]", "ID of a tunnel with --link, or the beginning of it")
    .option("--path <path>", "where it leads", "/")
    .option("--expires <duration>", "how long it is valid", "24h")
    .action((reference: string, id: string | undefined, options: TunnelLinkOptions) =>
      tunnelLinkCommand(reference, id, options, context),
    );
  addServe(tunnel, context);
}

function addStart(tunnel: Command, context: CommandContext): void {
  remote(tunnel, "start", "publish a port of a workload; it stays until the workload stops")
    .argument("<workload>", WORKLOAD)
    .argument("<port>", "a TCP port of the workload, or its name in the manifest")
    .option(
      "--to <server>",
      "HOST[:PORT], islet://HOST or islets://HOST (default: the host's, else bore.pub)",
    )
    .option("--port <port>", "the public port to ask for; any without it")
    .option("--secret-file <file>", "a file with the server's secret")
    .option("--secret-env <name>", "an environment variable with the server's secret")
    .option(
      "--ca-file <file>",
      "certificates to trust instead of the well-known ones, for islets://",
    )
    .option(
      "--basic-auth-file <file>",
      "a file with NAME:PASSWORD that visitors have to give (HTTP)",
    )
    .option("--link", "let in who has a signed link (HTTP; islet tunnel link)", false)
    .option("--from <range...>", "let in visitors from these addresses only; needs islet://")
    .option("--max-connections <count>", "visitors at a time")
    .option("--bandwidth <size>", "bytes a second, such as 1Mi")
    .option("--expires <duration>", "end it after that time, such as 1h")
    .addHelpText("after", START_EXAMPLES)
    .action((reference: string, port: string, options: TunnelStartOptions) =>
      tunnelStartCommand(reference, port, options, context),
    );
}

function addServe(tunnel: Command, context: CommandContext): void {
  tunnel
    .command("serve")
    .description("run a server that bore's own client can use as well")
    .option("--bind <address>", "the address to listen on, 0.0.0.0 or :: for all", "127.0.0.1")
    .option("--port <port>", "where clients connect", "7835")
    .option("--bind-tunnels <address>", "the address of the public ports, if it is another one")
    .option("--min-port <port>", "the lowest public port", "1024")
    .option("--max-port <port>", "the highest public port", "65535")
    .option("--secret-file <file...>", "files with secrets; clients have to know one of them")
    .option("--secret-env <name>", "an environment variable with a secret")
    .option("--tls-cert <file>", "a certificate, for clients that say islets://")
    .option("--tls-key <file>", "its key")
    .option("--max-tunnels <count>", "tunnels at a time", "256")
    .option("--max-connections <count>", "visitors of one tunnel at a time", "512")
    .addHelpText("after", SERVE_EXAMPLES)
    .action((options: TunnelServeOptions) => tunnelServeCommand(options, context));
}

const WORKLOAD = "ID, NAMESPACE/NAME, or NAME";

function remote(tunnel: Command, name: string, description: string): Command {
  return addOutputOption(addHostOption(tunnel.command(name).description(description)));
}

const START_EXAMPLES = `
Secrets are read from files and environment variables only: every process may read arguments.

Examples:
  islet tunnel start leet 7777
  islet tunnel start shop web --to tunnel.example.com --port 4000 --secret-file ./secret
  islet tunnel start shop web --basic-auth-file ./visitors --expires 2h --bandwidth 1Mi`;

const SERVE_EXAMPLES = `
Examples:
  islet tunnel serve --bind 0.0.0.0 --min-port 20000 --max-port 20100 --secret-file ./secret
  islet tunnel serve --bind :: --tls-cert cert.pem --tls-key key.pem --secret-env TUNNEL_SECRET`;
