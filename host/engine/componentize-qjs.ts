import { SourceMap } from "node:module";
import { relative } from "node:path";
import { componentize } from "componentize-qjs";
import { MISSING_EXPORT, type Bundle } from "./componentize-bundle.ts";
import { ComponentizeError } from "./componentize-error.ts";
import { fromEngineName, restoreNames } from "./componentize-wit.ts";

/** A bundled guest and where it is to be linked. */
export interface GuestModule {
  readonly projectDir: string;
  /** The guest's source relative to the project, for messages. */
  readonly source: string;
  readonly bundle: Bundle;
  /** WIT as `writeEngineWit` makes it, and the world that it names. */
  readonly witDir: string;
  readonly world: string;
}

/**
 * Links a bundled guest with QuickJS, runs its top level once, and returns the component.
 * The runtime without the asynchronous ABI is used: guests are WASI 0.2.
 *
 * @throws ComponentizeError `export-missing`, `evaluation-failed`, or `engine-failed` for the rest.
 */
export async function componentizeWithQuickJs(guest: GuestModule): Promise<Uint8Array> {
  const { bundle, witDir, world } = guest;
  try {
    const { component } = await componentize({
      witPath: witDir,
      world,
      jsSource: bundle.code,
      sync: true,
    });
    restoreNames(component);
    return component;
  } catch (cause) {
    throw toComponentizeError(cause, guest);
  }
}

function toComponentizeError(cause: unknown, guest: GuestModule): ComponentizeError {
  const message = fromEngineName(cause instanceof Error ? cause.message : String(cause));
  const missing = new RegExp(`${MISSING_EXPORT}([^;]+);`, "u").exec(message)?.[1];
  if (missing !== undefined) {
    return new ComponentizeError(
      "export-missing",
      `${guest.source}: ${missing} is not exported, which world ${guest.world.replace("islet-", "")} requires`,
      { cause },
    );
  }
  const unknown = /Could not find export '([^']+)' in module '([^']+)'/u.exec(message);
  if (unknown !== null) {
    return new ComponentizeError(
      "import-missing",
      `${guest.source}: ${unknown[2]} has no ${unknown[1]}`,
      { cause },
    );
  }
  if (message.includes("wasm backtrace")) {
    return new ComponentizeError(
      "evaluation-failed",
      `${guest.source}: the top level called the host or ran into a trap; it runs once, when the component is built, where there is no host`,
      { cause },
    );
  }
  const reason = /Failed to evaluate user JavaScript module: (?:Failed to [^:]*: )*([\s\S]*)/u.exec(
    message,
  )?.[1];
  if (reason === undefined) {
    return new ComponentizeError("engine-failed", `${guest.source}: ${message}`, { cause });
  }
  const trace = locate(reason.trim(), guest);
  const place = /\(([^()]+:\d+:\d+)\)/u.exec(trace)?.[1] ?? guest.source;
  return new ComponentizeError(
    "evaluation-failed",
    `${place}: the top level, which runs when the component is built, failed: ${trace}`,
    { cause },
  );
}

/** Turns the positions of a stack trace from the bundle's into those of the sources. */
function locate(trace: string, { bundle, projectDir }: GuestModule): string {
  const map = new SourceMap(bundle.map);
  return trace.replaceAll(/componentize-qjs:user\.js:(\d+):(\d+)/gu, (place, line, column) => {
    const origin = map.findOrigin(Number(line), Number(column));
    if (!("fileName" in origin)) return place;
    return `${relative(projectDir, origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}
