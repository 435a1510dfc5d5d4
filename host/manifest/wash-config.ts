import { access } from "node:fs/promises";
import { join } from "node:path";
import { deriveDocument } from "./derived-document.ts";
import { ManifestError, type Problem } from "./error.ts";
import { Field } from "./field.ts";
import { readManifestFile } from "./files.ts";
import { type Manifests, readDeclarations } from "./load.ts";
import { toManifestFile } from "./manifest-file.ts";
import { noteFieldsWithoutEffect } from "./no-effect.ts";
import type { Notice } from "./notice.ts";
import { Report } from "./report.ts";
import { checkSchema, checkWashSchema } from "./schema.ts";
import { checkSupported } from "./unsupported.ts";
import { checkWashEffect } from "./wash-effect.ts";
import type { WashContext } from "./wash-environment.ts";
import { toWashManifest, washComponentPath } from "./wash-workload.ts";
import { parseYaml } from "./yaml.ts";

/** What the configuration of a wasmCloud project says. */
export interface WashProject extends Manifests {
  /** How to build it; undefined where nothing is to be built. */
  readonly build: WashBuild | undefined;
  /** Where HTTP requests are to come in; undefined where it does not say. */
  readonly address: string | undefined;
  /** Its own path and those of files with values for it, absolute. */
  readonly files: readonly string[];
}

interface WashBuild {
  /** For the shell, in the directory of the project. */
  readonly command: string;
  /** Variables for the command, besides those that there are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the component is after that, absolute. */
  readonly componentPath: string;
}

export interface WashOptions {
  /** The working directory, for paths in messages; that of the process by default. */
  readonly cwd?: string | undefined;
  /** Whether components must be there; true by default. */
  readonly images?: boolean | undefined;
  /** The variables that the configuration may refer to. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The configuration of a wasmCloud project; undefined where the directory has none. */
export async function findWashConfig(directory: string): Promise<string | undefined> {
  for (const name of ["config.yaml", "config.yml", "config.json", "config.toml"]) {
    const path = join(directory, ".wash", name);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/**
 * Reads the configuration at `path`, which `findWashConfig` found in `directory` (absolute), as `wash dev` does,
 * and the workload that it describes.
 *
 * @throws {ManifestError} with all of its mistakes, where there is one.
 */
export async function loadWashConfig(
  directory: string,
  path: string,
  { cwd = process.cwd(), images = true, environment }: WashOptions,
): Promise<WashProject> {
  const report = new Report();
  const root = await readRoot(path, cwd, report);
  checkWashEffect(root, report);
  const context: WashContext = { directory, environment, report, files: [path] };
  const manifest = await toWashManifest(root, context);
  const { document, toSourcePaths } = deriveDocument(manifest, root.document.file);
  const declaration = { kind: "Workload", root: Field.root(document) } as const;
  // Mistakes of the configuration itself are told in its own words; only without them is there more to say.
  if (report.problems.length === 0) {
    checkSchema(document, "Workload", report);
    checkSupported(declaration, report);
    noteFieldsWithoutEffect(declaration, report);
  }
  const { workloads, notices } = await inSourcePaths(toSourcePaths, () =>
    readDeclarations([declaration], [root.document.file], report, { cwd, images }),
  );
  return {
    workloads,
    notices: unique(
      notices.map(({ location, message }) => ({ location, message: toSourcePaths(message) })),
    ),
    build: readBuild(root, directory),
    address: root.at("dev", "address").text,
    files: context.files,
  };
}

/** The whole of the configuration, checked. Throws where nothing of it can be read. */
async function readRoot(path: string, cwd: string, report: Report): Promise<Field> {
  const file = toManifestFile(path, cwd);
  const start = { file: file.name, line: 1, column: 1 };
  if (path.endsWith(".toml")) {
    report.problem("unreadable", start, "TOML is not read here, YAML and JSON are");
  }
  const text = report.incomplete ? undefined : await readManifestFile(file, report);
  const [document, ...others] = text === undefined ? [] : parseYaml(text, file, report);
  for (const other of others) {
    report.problem("syntax", Field.root(other).location, "The file must be one document");
  }
  if (document === undefined) throw inOrder(report);
  checkWashSchema(document, report);
  if (report.problems.length > 0) throw inOrder(report);
  return Field.root(document);
}

function inOrder({ problems }: Report): ManifestError {
  return new ManifestError(
    problems.toSorted(({ location: a }, { location: b }) => a.line - b.line || a.column - b.column),
  );
}

async function inSourcePaths<T>(
  toSourcePaths: (message: string) => string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ManifestError(
      unique(
        error.problems.map(({ code, location, message }) => ({
          code,
          location,
          message: toSourcePaths(message),
        })),
      ),
    );
  }
}

/** What several guests are given is written, and wrong, once. */
function unique<T extends Problem | Notice>(entries: readonly T[]): T[] {
  const byText = new Map(
    entries.map((entry) => {
      const { line, column } = entry.location;
      return [`${line}:${column}: ${entry.message}`, entry];
    }),
  );
  return [...byText.values()];
}

function readBuild(root: Field, directory: string): WashBuild | undefined {
  const command = root.at("dev", "command").text ?? root.at("build", "command").text;
  if (command === undefined) return undefined;
  return {
    command,
    environment: Object.fromEntries(root.at("build", "env").textEntries()),
    componentPath: washComponentPath(root, directory),
  };
}
