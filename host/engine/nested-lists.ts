import { EngineError } from "./error.ts";

/** Functions of WASI 0.2 that take more, all by fast paths of the host, which count before they copy. */
const COUNTED =
  /^wasi:(?:http\/types@[\d.]+#(?:Fields\.fromList|set|ResponseOutparam\.set)|sockets\/udp@[\d.]+#send)$/;

/** Other functions of WASI 0.2 take two lists of bytes or texts at most: `fields.append` does, and `rename-at`. */
const COPIES_MAX = 2;

const TRAMPOLINE = /^const _trampoline\d+ = /gm;
const IMPORT =
  /^const (_trampoline\d+) = (?:async )?function\([^]*?^\1\.fnName = '(?<name>[^'\n]*)';$/gm;
/** What the glue returns last, and in it the interfaces that the host calls. */
const EXPORTS = /^return \{ [^\n]*\};$/m;
const CALLED_INTERFACE =
  /'(?<path>wasi:(?:cli\/run|http\/incoming-handler)(?:@[^'\n]*)?)': (?<variable>[\w$]+),/g;

const COPY = /\.buffer\.slice\(|DECODER\w*\.decode\(/g;
/** A loop that copies, before the host is called: lists that come back are the host's own. */
const NESTED_ARGUMENT =
  /^for \(let i = 0;(?:(?!^ret = )[^])*?(?:\.buffer\.slice\(|DECODER\w*\.decode\()/m;

/**
 * Refuses components that would have jco copy far more than their memory out of it: lists of lists, the entries of
 * which may overlap, or dozens of lists in one call. So a few megabytes of a guest would become any number of the
 * host's. jco lifts what a component declares, whatever WASI says of the function.
 *
 * Exports count as far as the host calls them, and what they return has no lists at all. A component may export other
 * functions as it likes.
 *
 * @throws EngineError `unsupported`, with the function; `glue-changed` for glue that nobody has read
 */
export function checkNestedLists(glue: string): void {
  let imports = 0;
  for (const [body, number = "", name = ""] of glue.matchAll(IMPORT)) {
    imports += 1;
    if (COUNTED.test(name) && hasFastPath(number, glue)) continue;
    if (NESTED_ARGUMENT.test(body) || countCopies(body) > COPIES_MAX) refuse(name);
  }
  if (imports !== (glue.match(TRAMPOLINE) ?? []).length) throw changed("all imports");
  for (const [path, name] of calledFunctions(glue)) {
    if (countCopies(bodyOf(name, glue)) > 0) refuse(`${path}#${name}`);
  }
}

/** Whether the host's own core function takes the place of what jco wrote: `trampoline7 = send[symbolCabiLower](`. */
function hasFastPath(number: string, glue: string): boolean {
  return new RegExp(`^${number.slice(1)} = [\\w$.]+\\[symbolCabiLower\\]\\(`, "m").test(glue);
}

function countCopies(body: string): number {
  return body.match(COPY)?.length ?? 0;
}

/** The functions that stand for those of an interface in glue: `const run020 = {`, then `run: run,`. */
function calledFunctions(glue: string): (readonly [path: string, name: string])[] {
  const exported = EXPORTS.exec(glue)?.[0] ?? "";
  return [...exported.matchAll(CALLED_INTERFACE)].flatMap(([, path = "", variable = ""]) => {
    const members = new RegExp(`^const ${RegExp.escape(variable)} = \\{\\n([^}]*)\\};`, "m").exec(
      glue,
    )?.[1];
    if (members === undefined) throw changed(path);
    const names = members.matchAll(/^(?:[\w$]+|'[^'\n]*'): ([\w$]+),$/gm);
    return [...names].map(([, name = ""]) => [path, name] as const);
  });
}

/** From the head of a function to that of the next, or to where the core modules are instantiated. */
function bodyOf(name: string, glue: string): string {
  const pattern = `^(?:async )?function ${RegExp.escape(name)}\\([^]*?(?=^(?:async )?function |^\\(\\{ exports: )`;
  const body = new RegExp(pattern, "m").exec(glue)?.[0];
  if (body === undefined) throw changed(name);
  return body;
}

function changed(what: string): EngineError {
  return new EngineError("glue-changed", `Cannot find ${what} in the glue of jco: it changed`);
}

function refuse(name: string): never {
  throw new EngineError(
    "unsupported",
    `Cannot run a component that declares ${name} with lists in lists, or many: WASI does not`,
  );
}
