import { bareInterface } from "./binding.ts";
import { createCliImports, sharedCliImports } from "./cli/imports.ts";
import { createMonotonicClock } from "./clocks/monotonic-clock.ts";
import { timezone } from "./clocks/timezone.ts";
import { wallClock } from "./clocks/wall-clock.ts";
import { createFilesystemImports } from "./filesystem/imports.ts";
import type { Guest } from "./guest.ts";
import { createHttpImports } from "./http/imports.ts";
import { ioImports } from "./io/imports.ts";
import { insecure, insecureSeed, random } from "./random/random.ts";
import { createSocketsImports, sharedSocketsImports } from "./sockets/imports.ts";

/** What jco's `instantiate` takes: interfaces without a version, and in each the functions and classes it declares. */
export type ImportObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Everything that a component may import, bound to `guest`. One object serves every 0.2.x version:
 * jco strips versions from the keys, and each interface has the functions of all of them.
 *
 * A component names what it imports: nothing in here is JavaScript's own, `Object` for one. It inherits the
 * interfaces that are the same for every guest, since an instance of a component costs one such object.
 */
export function createImports(guest: Guest): ImportObject {
  const imports: Record<string, ImportObject[string]> = Object.create(SHARED);
  return Object.assign(
    imports,
    createSocketsImports(guest),
    createCliImports(guest),
    createHttpImports(guest),
    createFilesystemImports(guest),
    createClocksImports(guest),
  );
}

const SHARED: object = Object.freeze({
  __proto__: null,
  ...ioImports,
  ...sharedCliImports,
  ...sharedSocketsImports,
  "wasi:clocks/timezone": bareInterface(timezone),
  "wasi:clocks/wall-clock": bareInterface(wallClock),
  "wasi:random/insecure": bareInterface(insecure),
  "wasi:random/insecure-seed": bareInterface(insecureSeed),
  "wasi:random/random": bareInterface(random),
});

function createClocksImports(guest: Guest): ImportObject {
  return { "wasi:clocks/monotonic-clock": { __proto__: null, ...createMonotonicClock(guest) } };
}
