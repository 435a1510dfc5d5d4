import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { parseEnv } from "node:util";
import type { Derived } from "./derived-document.ts";
import type { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import type { Report } from "./report.ts";

/** Where the values of a project come from besides its configuration. */
export interface WashContext {
  /** Absolute. */
  readonly directory: string;
  /** Of the person who runs it; `fromEnv` names variables of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  /** Gets the files and directories that were read for values. */
  readonly files: string[];
}

/** Variables by name. */
export type Variables = Readonly<Record<string, Derived>>;

/** Reads an `environment`: its `config`, then `configFrom`, then `secretFrom`, the later winning. */
export async function readWashEnvironment(
  layer: Field,
  root: Field,
  context: WashContext,
): Promise<Variables> {
  const variables: Record<string, Derived> = {};
  for (const [key, field] of layer.at("config").entries()) {
    if (field.text !== undefined) variables[key] = leaf(field, field.text);
  }
  for (const [list, catalog] of CATALOGS) {
    for (const field of layer.at(list).items()) {
      const source = findSource(field, root.at(catalog), context.report);
      if (source === undefined) continue;
      const isSecret = catalog === "secrets";
      for (const [key, text] of await readSource(source, isSecret, context)) {
        variables[key] = leaf(field, text);
      }
    }
  }
  return variables;
}

const CATALOGS = [
  ["configFrom", "configs"],
  ["secretFrom", "secrets"],
] as const;

function leaf(source: Field, value: string): Derived {
  return { tag: "leaf", source, value };
}

function findSource(reference: Field, catalog: Field, report: Report): Field | undefined {
  const { text } = reference;
  if (text === undefined) return undefined;
  const source = catalog.at(text);
  if (source.exists) return source;
  const names = catalog.entries().map(([name]) => name);
  const message = `${reference.path}: ${catalog.path} has no entry ${JSON.stringify(text)}${didYouMean(text, names)}`;
  report.problem("unresolved", reference.location, message);
  return undefined;
}

async function readSource(
  source: Field,
  isSecret: boolean,
  context: WashContext,
): Promise<[string, string][]> {
  return [
    ...source.at("inline").textEntries(),
    ...(await readPart(source.at("file"), context, (path) => readEnvFile(path, isSecret))),
    ...(await readPart(source.at("dir"), context, readDirectory)),
    ...source
      .at("fromEnv")
      .items()
      .flatMap((field) => readVariable(field, context)),
  ];
}

/** Reads what a path of the project leads to. The values themselves stay out of messages: they may be secrets. */
async function readPart(
  field: Field,
  { directory, report, files }: WashContext,
  read: (path: string) => Promise<[string, string][]>,
): Promise<[string, string][]> {
  if (field.text === undefined) return [];
  const path = resolve(directory, field.text);
  files.push(path);
  try {
    const real = await realpath(path);
    if (!real.startsWith((await realpath(directory)) + sep)) {
      throw new Error("is outside of the project");
    }
    return await read(real);
  } catch (error) {
    report.problem("unresolved", field.location, `${field.path}: ${field.text} ${toFault(error)}`);
    return [];
  }
}

/** Permissions that others have; wash takes secrets of mode 0600 and 0400 only. */
const OTHERS = 0o077;

async function readEnvFile(path: string, isSecret: boolean): Promise<[string, string][]> {
  const { mode } = await stat(path);
  if (isSecret && process.platform !== "win32" && (mode & OTHERS) !== 0) {
    throw new Error("holds secrets and may be read by others (chmod 600 it)");
  }
  return toEntries(parseEnv(await readFile(path, "utf8")));
}

async function readDirectory(path: string): Promise<[string, string][]> {
  const names = (await readdir(path)).filter((name) => !name.startsWith("."));
  const read = async (name: string): Promise<[string, string][]> =>
    (await stat(join(path, name))).isFile()
      ? [[name, await readFile(join(path, name), "utf8")]]
      : [];
  return (await Promise.all(names.toSorted().map(read))).flat();
}

function readVariable(field: Field, { environment, report }: WashContext): [string, string][] {
  if (field.text === undefined) return [];
  const value = environment[field.text];
  if (value !== undefined) return [[field.text, value]];
  report.problem("unresolved", field.location, `${field.path}: ${field.text} is not set`);
  return [];
}

function toEntries(variables: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(variables).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, text]],
  );
}

function toFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : undefined;
  if (code === undefined) return error.message;
  return code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
}
