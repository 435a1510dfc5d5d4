import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ManifestDocument } from "./document.ts";
import { ManifestError } from "./error.ts";
import { Field } from "./field.ts";
import { readManifestFile } from "./files.ts";
import { CONFIG_NAME, type HostConfig } from "./host-config.ts";
import { type ManifestFile, toManifestFile } from "./manifest-file.ts";
import { checkConfigFiles, readHostConfig } from "./read-host-config.ts";
import { Report } from "./report.ts";
import { checkConfigSchema } from "./schema.ts";
import { parseYaml } from "./yaml.ts";

/** What is wrong with a text, as `is no address. Try 8000`; undefined where nothing is. */
export type TextCheck = (text: string, config: HostConfig) => string | undefined;

export interface HostConfigOptions {
  /** The working directory, for relative paths and for paths in messages; that of the process by default. */
  readonly cwd?: string | undefined;
  /** What the texts of some keys have to be, by key (`http.address`); those of a list one by one. */
  readonly checks?: Readonly<Record<string, TextCheck>> | undefined;
}

/** Where the configuration is that belongs to the manifests at `path`, a file or a directory, whether or not it is there. */
export async function configPathBeside(path: string, cwd: string = process.cwd()): Promise<string> {
  const absolute = resolve(cwd, path);
  const found = await stat(absolute).catch(() => undefined);
  return join(found?.isDirectory() === true ? absolute : dirname(absolute), CONFIG_NAME);
}

/**
 * Reads the configuration of a host at `path`, which must be there. One that holds comments only says nothing.
 *
 * @throws {ManifestError} with all of its mistakes, where there is one.
 */
export async function loadHostConfig(
  path: string,
  { cwd = process.cwd(), checks = {} }: HostConfigOptions = {},
): Promise<HostConfig> {
  const report = new Report();
  const file = toManifestFile(path, cwd);
  const text = await readManifestFile(file, report);
  const document = text === undefined ? undefined : parseOne(text, file, report);
  if (document === undefined) throw inOrder(report);
  const root = Field.root(document);
  if (!root.isMap) report.problem("wrong-type", root.location, "The document must be a map");
  else checkConfigSchema(document, report);
  const config = readHostConfig(root, report);
  for (const [key, check] of Object.entries(checks)) {
    checkTexts(root.at(...key.split(".")), (text) => check(text, config), report);
  }
  await checkConfigFiles(root, report);
  if (report.problems.length > 0) throw inOrder(report);
  return config;
}

function parseOne(text: string, file: ManifestFile, report: Report): ManifestDocument | undefined {
  // A file in which everything is commented out is what people start from.
  const isBare = text.split("\n").every((line) => /^\s*(?:#|---\s*$|$)/.test(line));
  const [document, ...others] = parseYaml(isBare ? "{}" : text, file, report);
  for (const other of others) {
    report.problem("syntax", Field.root(other).location, "The file must be one document");
  }
  return document;
}

function checkTexts(
  field: Field,
  check: (text: string) => string | undefined,
  report: Report,
): void {
  for (const one of [field, ...field.items()]) {
    const fault = one.text === undefined || one.text === "" ? undefined : check(one.text);
    if (fault !== undefined) report.problem("bad-value", one.location, `${one.path} ${fault}`);
  }
}

function inOrder({ problems }: Report): ManifestError {
  return new ManifestError(
    problems.toSorted(({ location: a }, { location: b }) => a.line - b.line || a.column - b.column),
  );
}
