import { INPUT_STREAM, OUTPUT_STREAM } from "../io/wit.ts";
import {
  STRING,
  U8,
  func,
  list,
  option,
  own,
  result,
  tuple,
  type WitPackage,
} from "../wit/wit-type.ts";

const TERMINAL_INPUT = "wasi:cli/terminal-input/terminal-input";
const TERMINAL_OUTPUT = "wasi:cli/terminal-output/terminal-output";

/** What WIT 0.2 has of `wasi:cli` for components to import. */
export const CLI: WitPackage = {
  "wasi:cli/environment": {
    functions: {
      "get-environment": func([], list(tuple(STRING, STRING))),
      "get-arguments": func([], list(STRING)),
      "initial-cwd": func([], option(STRING)),
    },
  },
  "wasi:cli/exit": {
    functions: {
      exit: func([result()]),
      "exit-with-code": func([U8]),
    },
  },
  "wasi:cli/stderr": {
    functions: {
      "get-stderr": func([], own(OUTPUT_STREAM)),
    },
  },
  "wasi:cli/stdin": {
    functions: {
      "get-stdin": func([], own(INPUT_STREAM)),
    },
  },
  "wasi:cli/stdout": {
    functions: {
      "get-stdout": func([], own(OUTPUT_STREAM)),
    },
  },
  "wasi:cli/terminal-input": {
    resources: {
      "terminal-input": {},
    },
  },
  "wasi:cli/terminal-output": {
    resources: {
      "terminal-output": {},
    },
  },
  "wasi:cli/terminal-stderr": {
    functions: {
      "get-terminal-stderr": func([], option(own(TERMINAL_OUTPUT))),
    },
  },
  "wasi:cli/terminal-stdin": {
    functions: {
      "get-terminal-stdin": func([], option(own(TERMINAL_INPUT))),
    },
  },
  "wasi:cli/terminal-stdout": {
    functions: {
      "get-terminal-stdout": func([], option(own(TERMINAL_OUTPUT))),
    },
  },
};
