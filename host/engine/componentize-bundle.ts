import { readFile } from "node:fs/promises";
import type { SourceMapPayload } from "node:module";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  rolldown,
  type Plugin,
  type RolldownError,
  type RolldownLog,
  type SourceMap,
} from "rolldown";
import { ComponentizeError } from "./componentize-error.ts";
import { GUEST_TEXT_FILES } from "./componentize-globals.ts";
import { toEngineName } from "./componentize-wit.ts";
import type { World } from "./componentize-world.ts";

/** A guest as one module. */
export interface Bundle {
  readonly code: string;
  readonly map: SourceMapPayload;
}

/** What to bundle. */
export interface BundleOptions {
  readonly projectDir: string;
  /** The guest's module, an absolute path. */
  readonly entry: string;
  readonly world: World;
}

/** Starts the message with which the bundle's entry reports an export that is not there. */
export const MISSING_EXPORT = "islet: missing export ";

const ENTRY = "islet:entry";

/** Globals that QuickJS lacks, each from the module that supplies it and only where a guest uses it. */
const PRELUDE: Record<string, [string, string]> = {
  TextEncoder: [prelude("text-encoder"), "TextEncoder"],
  TextDecoder: [prelude("text-decoder"), "TextDecoder"],
  console: [prelude("console"), "console"],
};

/**
 * Bundles a guest's TypeScript with what it imports into one module, whose WASI imports have the engine's names.
 *
 * @throws ComponentizeError `source-invalid` or `import-missing`, with the place.
 */
export async function bundleGuest(options: BundleOptions): Promise<Bundle> {
  // The bundler rewrites the errors of its plugins, so what they have to say is kept here.
  const problems: ComponentizeError[] = [];
  try {
    const build = await rolldown({
      input: ENTRY,
      cwd: options.projectDir,
      platform: "neutral",
      resolve: { mainFields: ["module", "main"] },
      moduleTypes: { ...GUEST_TEXT_FILES },
      transform: { target: "esnext", inject: PRELUDE },
      plugins: [entryModule(options), wasiImports(options, problems)],
      onLog: (_level, log) => rejectUnresolved(log),
    });
    await using _ = { [Symbol.asyncDispose]: () => build.close() };
    const { output } = await build.generate({
      format: "esm",
      codeSplitting: false,
      sourcemap: true,
    });
    const { code, map } = output[0];
    return { code, map: toPayload(map ?? undefined, options.projectDir) };
  } catch (error) {
    throw problems[0] ?? toComponentizeError(error, options.projectDir);
  }
}

/** The guest's module, and a check of what it exports: bundles are run once, when the component is made. */
function entryModule({ entry, world }: BundleOptions): Plugin {
  const required = world.exports.flatMap(({ name, functions }) =>
    functions.length === 0 ? [[name]] : functions.map((member) => [name, member]),
  );
  const code = `
    import * as guest from ${JSON.stringify(entry)};
    export * from ${JSON.stringify(entry)};
    for (const [name, member] of ${JSON.stringify(required)}) {
      const value = member === undefined ? guest[name] : guest[name]?.[member];
      if (typeof value !== "function")
        throw new Error(${JSON.stringify(MISSING_EXPORT)} + (member === undefined ? name : name + "." + member) + ";");
    }`;
  return {
    name: "islet-entry",
    resolveId: (id) => (id === ENTRY ? ENTRY : undefined),
    load: (id) => (id === ENTRY ? { code, moduleType: "js" } : undefined),
  };
}

/** `wasi:io/poll@0.2.12` and interfaces of the project's own: external where the world has them, else an error. */
function wasiImports({ projectDir, world }: BundleOptions, problems: ComponentizeError[]): Plugin {
  return {
    name: "islet-wasi-imports",
    async resolveId(id, importer) {
      if (id === ENTRY) return undefined;
      const interfaceName = /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[^/]+$/u.test(id);
      if (!interfaceName && !world.modules.has(id)) return undefined;
      if (world.modules.has(id) || isPrelude(importer))
        return { id: toEngineName(id), external: true };
      const place = await placeOf(id, importer, projectDir);
      const hint = nearest(id, world.modules);
      const problem = new ComponentizeError(
        "import-missing",
        `${place}: ${id} is not imported by the world` +
          (hint === undefined ? `: add "import ${id};" in wit/` : ` (did you mean "${hint}"?)`),
      );
      problems.push(problem);
      throw new Error(problem.message);
    },
  };
}

function prelude(name: string): string {
  return fileURLToPath(new URL(`./componentize-prelude/${name}.ts`, import.meta.url));
}

function isPrelude(path: string | undefined): boolean {
  return Object.values(PRELUDE).some(([file]) => file === path);
}

/** The same interface in the world under another version, or without one. */
function nearest(id: string, modules: ReadonlySet<string>): string | undefined {
  const bare = id.replace(/@.*/u, "");
  return [...modules].find((module) => module.replace(/@.*/u, "") === bare);
}

async function placeOf(
  id: string,
  importer: string | undefined,
  projectDir: string,
): Promise<string> {
  if (importer === undefined) return projectDir;
  const lines = (await readFile(importer, "utf8")).split("\n");
  const line = lines.findIndex((text) => text.includes(`"${id}"`) || text.includes(`'${id}'`));
  const column = lines[line]?.indexOf(id) ?? 0;
  return `${relative(projectDir, importer)}:${line + 1}:${column}`;
}

function rejectUnresolved(log: RolldownLog): void {
  if (log.code !== "UNRESOLVED_IMPORT") return;
  throw Object.assign(new Error(log.message), log);
}

function toComponentizeError(error: unknown, projectDir: string): ComponentizeError {
  const first = isBundleError(error) ? error.errors[0] : error;
  if (!isRolldownError(first)) {
    return new ComponentizeError("engine-failed", String(first), { cause: error });
  }
  const { message, loc, code, exporter } = first;
  const summary = message.split("\n")[0]?.replace(/^\[[A-Z_]+\] /u, "") ?? "";
  const place =
    loc?.file === undefined
      ? ""
      : `${relative(projectDir, loc.file)}:${loc.line}:${loc.column + 1}: `;
  const missing = code === "UNRESOLVED_IMPORT";
  const text = missing ? `Cannot find "${exporter ?? summary}"${hintFor(exporter)}` : summary;
  return new ComponentizeError(missing ? "import-missing" : "source-invalid", `${place}${text}`, {
    cause: error,
  });
}

function hintFor(specifier: string | undefined): string {
  return specifier?.startsWith("node:") ? ": guests have WASI, not Node.js" : "";
}

function isRolldownError(error: unknown): error is RolldownError {
  return error instanceof Error;
}

/** Sources by absolute path. */
function toPayload(map: SourceMap | undefined, projectDir: string): SourceMapPayload {
  return {
    file: "",
    version: 3,
    sources: (map?.sources ?? []).map((source) => resolve(projectDir, "dist", source)),
    sourcesContent: [],
    names: map?.names ?? [],
    mappings: map?.mappings ?? "",
    sourceRoot: "",
  };
}

function isBundleError(error: unknown): error is { readonly errors: readonly unknown[] } {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
