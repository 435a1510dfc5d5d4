import { createCliImports } from "./cli/imports.ts";
import { createMonotonicClock } from "./clocks/monotonic-clock.ts";
import { timezone } from "./clocks/timezone.ts";
import { wallClock } from "./clocks/wall-clock.ts";
import { createFilesystemImports } from "./filesystem/imports.ts";
import type { Guest } from "./guest.ts";
import { createHttpImports } from "./http/imports.ts";
import { ioImports } from "./io/imports.ts";
import { insecure, insecureSeed, random } from "./random/random.ts";
import { createSocketsImports } from "./sockets/imports.ts";

/** What jco's `instantiate` takes: interfaces without a version, and in each the functions and classes it declares. */
export type ImportObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Everything that a component may import, bound to `guest`. One object serves every 0.2.x version:
 * jco strips versions from the keys, and each interface has the functions of all of them.
 */
export function createImports(guest: Guest): ImportObject {
  return withoutInherited({
    ...ioImports,
    ...createSocketsImports(guest),
    ...createCliImports(guest),
    ...createHttpImports(guest),
    ...createFilesystemImports(guest),
    "wasi:clocks/monotonic-clock": { ...createMonotonicClock(guest) },
    "wasi:clocks/timezone": timezone,
    "wasi:clocks/wall-clock": wallClock,
    "wasi:random/insecure": insecure,
    "wasi:random/insecure-seed": insecureSeed,
    "wasi:random/random": random,
  });
}

/** A component names the functions that it imports: it must find none that is JavaScript's own, `Object` for one. */
function withoutInherited(imports: ImportObject): ImportObject {
  const bare: Record<string, ImportObject[string]> = Object.create(null);
  for (const [name, members] of Object.entries(imports)) {
    bare[name] = Object.setPrototypeOf({ ...members }, null);
  }
  return bare;
}
