import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateGuestTypes } from "@bytecodealliance/jco-transpile";
import { ComponentizeError } from "./componentize-error.ts";
import { GUEST_GLOBALS } from "./componentize-globals.ts";

/** TypeScript declarations by path below the types folder. */
export type GuestTypes = ReadonlyMap<string, string>;

/**
 * Declarations of everything that a world imports and exports, as modules named after the interfaces.
 * jco declares what its own engine hands to guests; here they say what QuickJS does.
 *
 * @param witDir a complete WIT folder, on a path that `@bytecodealliance/preview2-shim` may read.
 * @throws ComponentizeError `wit-invalid` with jco's reason.
 */
export async function guestTypes(witDir: string, world: string): Promise<GuestTypes> {
  try {
    const files = await generateGuestTypes(witDir, { worldName: world, name: world });
    const decoder = new TextDecoder();
    return new Map(
      Object.entries(files).map(([name, bytes]) => [name, forQuickJs(decoder.decode(bytes))]),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // jco prints the chain of causes; the last one is the mistake.
    const innermost = reason.trim().split("\n").at(-1) ?? reason;
    const message = innermost.replace(/^\s*(?:\d+:\s*)?/u, "");
    throw new ComponentizeError("wit-invalid", `wit/: ${message}`, { cause });
  }
}

/** Writes declarations and those of the guest's globals; files that are right already are not touched. */
export async function writeGuestTypes(types: GuestTypes, directory: string): Promise<void> {
  await writeChanged(join(directory, "globals.d.ts"), GUEST_GLOBALS);
  for (const [name, text] of types) await writeChanged(join(directory, name), text);
}

/**
 * QuickJS has 64-bit integers as numbers, lists of anything but `u8` as arrays, and `null` for none;
 * a `bigint` would end the guest.
 */
function forQuickJs(declarations: string): string {
  return declarations
    .replaceAll(/\bbigint\b/gu, "number")
    .replaceAll(/\b(?:Int8|(?:Int|Uint|BigInt|BigUint|Float)(?:16|32|64))Array\b/gu, "number[]")
    .replaceAll(/\| undefined\b/gu, "| null | undefined")
    .replaceAll(/^( +\w+\?: [^\n]*?),$/gmu, "$1 | null,");
}

/** Two builders at once write the same text: each replaces the file as a whole. */
async function writeChanged(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
