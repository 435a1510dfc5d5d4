import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command, Option, OptionValues } from "commander";
import { CONFIG_NAME, type HostConfig } from "../manifest/host-config.ts";
import { configPathBeside, loadHostConfig } from "../manifest/host-config-file.ts";
import { toDisplayPath } from "../manifest/manifest-file.ts";
import { describeIdleQuotas } from "./configured-options.ts";
import { CONFIGURED_FLAGS, configChecks, PAIRED_FLAGS } from "./host-config-flags.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** What a person can say of a host's configuration. */
interface ConfigFlags {
  /** A file; false for none; undefined for the usual one, where it is there. */
  readonly config?: string | false | undefined;
  readonly allowRemoteApi?: boolean | undefined;
}

/** The configuration of a host, and where it is. */
export interface TakenConfig {
  /** Undefined where there is none. */
  readonly configuration: HostConfig | undefined;
  /** Where it is or would be, absolute; undefined where none is wanted. */
  readonly configPath: string | undefined;
}

/** Adds the options that say where the configuration is. */
export function addConfigOptions(command: Command): Command {
  return command
    .option(
      "--config <file>",
      `the host's configuration (default: ${CONFIG_NAME}, where it is there)`,
    )
    .option("--no-config", `do without ${CONFIG_NAME}`);
}

/**
 * The options of `command` together with what the configuration says where the command line says nothing.
 * The configuration is looked for beside `manifests`, a file or directory, or else in the working directory.
 *
 * Rejects with `UsageError` where the named file is missing, and with `ManifestError` where it has mistakes.
 */
export async function takeConfig<T extends OptionValues>(
  command: Command,
  manifests: string | undefined,
  terminal: Terminal,
): Promise<T & TakenConfig> {
  const { config, allowRemoteApi = false } = command.opts<ConfigFlags>();
  if (config === false) {
    return { ...command.opts<T>(), configuration: undefined, configPath: undefined };
  }
  const configPath = resolve(
    config ?? (manifests === undefined ? CONFIG_NAME : await configPathBeside(manifests)),
  );
  const isThere = await exists(configPath);
  if (!isThere && config !== undefined) throw new UsageError(`--config ${config} does not exist`);
  if (!isThere) return { ...command.opts<T>(), configuration: undefined, configPath };
  const configuration = await loadHostConfig(configPath, { checks: configChecks(allowRemoteApi) });
  const name = toDisplayPath(configPath, process.cwd());
  terminal.err(terminal.style("dim", `configured by ${name}`));
  for (const line of describeIdleQuotas(configuration.quotas)) {
    terminal.err(terminal.style("dim", `${name}: ${line}`));
  }
  applyConfig(command, configuration);
  return { ...command.opts<T>(), configuration, configPath };
}

/** Gives `command` what the configuration says of its options, as far as the command line says nothing. */
function applyConfig(command: Command, config: HostConfig): void {
  const isPairGiven = command.options.some(
    (option) => PAIRED_FLAGS.includes(option.long ?? "") && isGiven(command, option),
  );
  for (const { flag, value } of CONFIGURED_FLAGS) {
    const option = command.options.find(({ long }) => long === flag);
    const configured = value(config);
    if (option === undefined || configured === undefined || isGiven(command, option)) continue;
    if (isPairGiven && PAIRED_FLAGS.includes(flag)) continue;
    command.setOptionValueWithSource(option.attributeName(), configured, "config");
  }
}

function isGiven(command: Command, option: Option): boolean {
  const source = command.getOptionValueSource(option.attributeName());
  return source === "cli" || source === "env";
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
  );
}
