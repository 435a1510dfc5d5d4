import { CLI } from "./cli/wit.ts";
import { CLOCKS } from "./clocks/wit.ts";
import { FILESYSTEM } from "./filesystem/wit.ts";
import { HTTP } from "./http/wit.ts";
import { IO } from "./io/wit.ts";
import { RANDOM } from "./random/wit.ts";
import { SOCKETS } from "./sockets/wit.ts";
import type { WitInterface } from "./wit/wit-type.ts";

/**
 * Every interface of WASI 0.2 that the host has, by name without version: all that a component can import.
 * Versions of 0.2 differ in which functions they have, not in what those are; here are those of all versions.
 */
export const WASI: ReadonlyMap<string, WitInterface> = new Map(
  Object.entries({ ...CLI, ...CLOCKS, ...FILESYSTEM, ...HTTP, ...IO, ...RANDOM, ...SOCKETS }),
);
