import { type ComponentNames } from "./component-names.ts";
import { EngineError } from "./error.ts";
import { INTERRUPT_MODULE } from "./interrupt-module.ts";
import { MEMORY_LIMITS_SECTION } from "./memory-limits.ts";

// jco writes names of core modules between single quotes into the JavaScript that it generates,
// and escapes nothing: a quote, a backslash or the end of a line in one would let a component
// run JavaScript of its own in the host, outside of WebAssembly.
// eslint-disable-next-line no-control-regex
const UNSAFE = /['\\`\u0000-\u001f\u007f\u2028\u2029]/;

// Interfaces and functions of WIT. Other forms of names, `url=<…>` say, are free text.
const WIT_NAME = /^[A-Za-z0-9:/@.+-]+$/;

/**
 * Refuses names that must not get into generated code.
 *
 * @throws EngineError `unsupported`, with the name
 */
export function checkComponentNames({ imports, exports }: ComponentNames): void {
  for (const name of [...imports, ...exports]) if (!WIT_NAME.test(name)) refuse(name);
}

/**
 * The same for what the core modules of a component import and export. The names by which the host knows its own
 * instrumented modules are the host's: what a guest wrote there would be taken for what the host did.
 */
export function checkCoreNames(module: WebAssembly.Module): void {
  const limits = WebAssembly.Module.customSections(module, MEMORY_LIMITS_SECTION);
  if (limits.length > 0) refuse(MEMORY_LIMITS_SECTION);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (UNSAFE.test(from) || from === INTERRUPT_MODULE) refuse(from);
    if (UNSAFE.test(name)) refuse(name);
  }
  for (const { name } of WebAssembly.Module.exports(module)) if (UNSAFE.test(name)) refuse(name);
}

function refuse(name: string): never {
  throw new EngineError(
    "unsupported",
    `Cannot run a component with the name ${JSON.stringify(name)}`,
  );
}
