import { INTEGER, list, named, type Schema, TEXT, text } from "./build.ts";

export const PROBLEM: Schema = named(
  "Problem",
  {
    type: "object",
    required: ["type", "title", "status", "detail"],
    properties: {
      type: { type: "string", format: "uri", description: "What kind it is; stable" },
      title: TEXT,
      status: INTEGER,
      detail: text("What happened, a sentence"),
      errors: list({
        type: "object",
        required: ["detail"],
        properties: {
          detail: TEXT,
          pointer: text("JSON pointer into the body, or the name of a parameter"),
          file: TEXT,
          line: INTEGER,
          column: INTEGER,
          code: TEXT,
        },
      }),
    },
  },
  "Why something was not done (RFC 9457)",
);
