import { calledExports } from "./called-exports.ts";
import { EngineError } from "./error.ts";

/** Functions of WASI 0.2 that take more, all by fast paths of the host, which count before they copy. */
const COUNTED =
  /^wasi:(?:http\/types@[\d.]+#(?:Fields\.fromList|set|ResponseOutparam\.set)|sockets\/udp@[\d.]+#send)$/;

/** Other functions of WASI 0.2 take two lists of bytes or texts at most: `fields.append` does, and `rename-at`. */
const COPIES_MAX = 2;

const TRAMPOLINE = /^const _trampoline\d+ = /gm;
const IMPORT =
  /^const (_trampoline\d+) = (?:async )?function\([^]*?^\1\.fnName = '(?<name>[^'\n]*)';$/gm;
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
  if (imports !== (glue.match(TRAMPOLINE) ?? []).length) {
    throw new EngineError("glue-changed", "Cannot find all imports in the glue of jco: it changed");
  }
  for (const { path, name, code } of calledExports(glue)) {
    if (countCopies(code) > 0) refuse(`${path}#${name}`);
  }
}

/** Whether the host's own core function takes the place of what jco wrote: `trampoline7 = send[symbolCabiLower](`. */
function hasFastPath(number: string, glue: string): boolean {
  return new RegExp(`^${number.slice(1)} = [\\w$.]+\\[symbolCabiLower\\]\\(`, "m").test(glue);
}

function countCopies(body: string): number {
  return body.match(COPY)?.length ?? 0;
}

function refuse(name: string): never {
  throw new EngineError(
    "unsupported",
    `Cannot run a component that declares ${name} with lists in lists, or many: WASI does not`,
  );
}
