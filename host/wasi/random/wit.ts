import { U64, U8, func, list, tuple, type WitPackage } from "../wit/wit-type.ts";

/** What WIT 0.2 has of `wasi:random` for components to import. */
export const RANDOM: WitPackage = {
  "wasi:random/insecure": {
    functions: {
      "get-insecure-random-bytes": func([U64], list(U8)),
      "get-insecure-random-u64": func([], U64),
    },
  },
  "wasi:random/insecure-seed": {
    functions: {
      "insecure-seed": func([], tuple(U64, U64)),
    },
  },
  "wasi:random/random": {
    functions: {
      "get-random-bytes": func([U64], list(U8)),
      "get-random-u64": func([], U64),
    },
  },
};
