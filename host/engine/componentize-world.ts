import type { GuestTypes } from "./componentize-types.ts";

/** What a world asks of a guest's module, in JavaScript's names. */
export interface World {
  /** Modules that a guest may import: `wasi:io/poll@0.2.12`. */
  readonly modules: ReadonlySet<string>;
  readonly exports: readonly WorldExport[];
}

/** One export that the world requires: a function, or an object with functions. */
interface WorldExport {
  readonly name: string;
  /** The interface that the object implements; undefined for a function. */
  readonly interface: string | undefined;
  /** The functions of the object; empty for a function. */
  readonly functions: readonly string[];
}

/** Reads a world from the declarations that jco made of it: `<world>.d.ts` and one file an interface. */
export function readWorld(types: GuestTypes, name: string): World {
  const interfaces = new Map<string, readonly string[]>();
  for (const [path, text] of types) {
    if (!path.startsWith("interfaces/")) continue;
    const module = /^declare module '([^']+)'/mu.exec(text)?.[1];
    if (module !== undefined)
      interfaces.set(module, captures(text, /^ {2}export function (\w+)\(/gmu));
  }
  const declaration = types.get(`${name}.d.ts`) ?? "";
  const functions = captures(declaration, /^ {2}export function (\w+)\(/gmu);
  const objects = [...declaration.matchAll(/^ {2}export \* as (\w+) from '([^']+)'/gmu)];
  return {
    modules: new Set(interfaces.keys()),
    exports: [
      ...functions.map((name) => ({ name, interface: undefined, functions: [] })),
      ...objects.map(([, name = "", id = ""]) => ({
        name,
        interface: id,
        functions: interfaces.get(id) ?? [],
      })),
    ],
  };
}

function captures(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, capture]) => capture ?? []);
}
