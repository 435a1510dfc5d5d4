import { EngineError } from "./error.ts";

/** A function that a component exports and the host calls, as jco wrote it into the glue. */
export interface CalledExport {
  /** `wasi:cli/run@0.2.12`. */
  readonly path: string;
  /** As jco calls it for the host: `run`, or `toText`. */
  readonly name: string;
  readonly code: string;
}

/** What the glue returns last, and in it the interfaces that the host calls. */
const EXPORTS = /^return \{[^\n]*\};(?=\n\}\)\(\);$)/gm;
const CALLED_INTERFACE =
  /'(?<path>wasi:(?:cli\/run|http\/incoming-handler)(?:@[^'\n]*)?)': (?<variable>[\w$]+),/g;

/**
 * The functions of the interfaces that the host calls. Those are of all versions that the component exports.
 *
 * @throws EngineError `glue-changed` for glue that nobody has read
 */
export function calledExports(glue: string): CalledExport[] {
  const [exported, ...others] = [...glue.matchAll(EXPORTS)];
  if (exported === undefined || others.length > 0) throw changed("the exports");
  return [...exported[0].matchAll(CALLED_INTERFACE)].flatMap(([, path = "", variable = ""]) => {
    const members = new RegExp(`^const ${RegExp.escape(variable)} = \\{\\n([^}]*)\\};`, "m").exec(
      glue,
    )?.[1];
    if (members === undefined) throw changed(path);
    const functions = members.matchAll(/^(?<quote>'?)([^'\n]+)\k<quote>: ([\w$]+),$/gm);
    return [...functions].map(([, , name = "", variable = ""]) => {
      return { path, name, code: codeOf(variable, glue) };
    });
  });
}

/**
 * Refuses a component whose exported functions take something else than WASI says: jco reads what a component declares,
 * a record of fields for one, out of whatever the host hands over, and that are objects with more in them than the
 * guest is to know. A resource is checked before anything is read of it. What the functions return is not used.
 *
 * `exports` are the names of what the component exports.
 *
 * @throws EngineError `unsupported`, with the function; `glue-changed` for glue that nobody has read
 */
export function checkCalledExports(glue: string, exports: readonly string[]): void {
  const called = calledExports(glue);
  for (const { path, name, code } of called) {
    const wanted = PARAMETERS.get(`${path.replace(/@.*$/, "")}#${name}`);
    if (wanted === undefined) continue;
    const params = /\(([^)]*)\)/.exec(code)?.[1] ?? "";
    if (params !== wanted.join(", ") || !wanted.every((param) => isChecked(param, code))) {
      throw new EngineError(
        "unsupported",
        `Cannot run a component that declares ${path}#${name} with other types than WASI has`,
      );
    }
  }
  for (const path of exports) {
    const isCalled = CALLED_PATH.test(path);
    if (isCalled && !called.some((found) => found.path === path)) throw changed(path);
  }
}

const CALLED_PATH = /^wasi:(?:cli\/run|http\/incoming-handler)(?:@|$)/;

/** The functions that the host calls, and what jco calls their parameters, which are resources all. */
const PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["wasi:cli/run#run", []],
  ["wasi:http/incoming-handler#handle", ["arg0", "arg1"]],
]);

/** Parameters of all other types are read without being looked at, so that one which is looked at is a resource. */
function isChecked(param: string, code: string): boolean {
  return new RegExp(`^if \\(!\\(${param} instanceof [\\w$]+\\)\\) \\{\\nthrow `, "m").test(code);
}

/** From the head of a function to that of the next, or to where the core modules are instantiated. */
function codeOf(variable: string, glue: string): string {
  const pattern = `^(?:async )?function ${RegExp.escape(variable)}\\([^]*?(?=^(?:async )?function |^\\(\\{ exports: )`;
  const code = new RegExp(pattern, "m").exec(glue)?.[0];
  if (code === undefined) throw changed(variable);
  return code;
}

function changed(what: string): EngineError {
  return new EngineError("glue-changed", `Cannot find ${what} in the glue of jco: it changed`);
}
