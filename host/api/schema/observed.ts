import {
  INTEGER,
  list,
  named,
  oneOf,
  orNull,
  record,
  type Schema,
  TEXT,
  text,
  TIME,
} from "./build.ts";

const OUTCOME: Schema = oneOf(["allow", "deny", "counted"]);
const USE: Schema = oneOf(["tcp-bind", "tcp-connect", "udp-bind", "udp-send", "lookup", "http"]);

export const LOG_LINE: Schema = named(
  "LogLine",
  record({
    sequence: {
      ...INTEGER,
      description: "Grows by one a line; a gap says that lines were dropped",
    },
    time: TIME,
    guest: text("service, a component's name, or host for what the host says"),
    stream: oneOf(["stdout", "stderr", "host"]),
    replica: INTEGER,
    line: TEXT,
  }),
  "A line of a workload's log",
);

export const DECISION: Schema = named(
  "Decision",
  record({
    guest: TEXT,
    use: USE,
    address: orNull(TEXT),
    name: orNull(TEXT),
    rule: TEXT,
    outcome: OUTCOME,
    reason: orNull(TEXT),
    count: { ...INTEGER, description: "How often it was made" },
    first: TIME,
    last: TIME,
  }),
  "Equal decisions of policy, counted",
);

export const LISTENER: Schema = named(
  "Listener",
  record({
    replica: INTEGER,
    protocol: oneOf(["tcp", "udp"]),
    address: text("address:port on the workload's own network"),
  }),
  "A port that a guest listens on",
);

export const ENDPOINT: Schema = named(
  "Endpoint",
  record({
    protocol: oneOf(["http", "tcp", "udp"]),
    url: TEXT,
    address: text("Where the host listens: address:port, or unix: and a path"),
  }),
  "Where a workload can be reached from outside",
);

export const EXPLANATION: Schema = named(
  "Explanation",
  record({
    guest: TEXT,
    outcome: OUTCOME,
    rule: TEXT,
    reason: TEXT,
    entry: { ...orNull(TEXT), description: "The entry of the manifest that grants" },
    place: { ...orNull(TEXT), description: "Where the manifest says so, file:line:column" },
    changes: list(
      {
        type: "object",
        required: ["tag"],
        properties: { tag: oneOf(["grant", "flag", "advice"]) },
      },
      "The smallest changes that would allow it",
    ),
  }),
  "What policy answers to a question, and why",
);
