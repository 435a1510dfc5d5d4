import {
  INTEGER,
  list,
  named,
  oneOf,
  orNull,
  record,
  refer,
  type Schema,
  TEXT,
  text,
  TIME,
} from "./build.ts";

const FLAG: Schema = { type: "boolean" };

export const TUNNEL_STATS: Schema = named(
  "TunnelStats",
  record({
    connections: { ...INTEGER, description: "Visitors that were taken on" },
    active: { ...INTEGER, description: "Those that are here now" },
    refused: { ...INTEGER, description: "Visitors that were sent away" },
    failed: { ...INTEGER, description: "Visitors that were lost" },
    bytesIn: INTEGER,
    bytesOut: INTEGER,
  }),
  "What went through a tunnel",
);

export const TUNNEL: Schema = named(
  "Tunnel",
  record({
    id: TEXT,
    workload: text("namespace/name"),
    port: { ...INTEGER, description: "On the workload's own network" },
    server: TEXT,
    state: oneOf(["connecting", "connected", "reconnecting", "failed", "disconnected"]),
    status: text("The state in wasmrun's words"),
    reason: text("The state as a sentence"),
    hint: orNull(text("The next step, where one is known")),
    publicUrl: orNull(TEXT),
    publicPort: orNull(INTEGER),
    since: TIME,
    attempt: orNull(INTEGER),
    nextAttemptAt: orNull(TIME),
    startedAt: TIME,
    expiresAt: orNull(TIME),
    access: record({ basic: FLAG, link: FLAG, from: FLAG }),
    declared: { ...FLAG, description: "Whether it is of the workload's manifest" },
    stats: refer("TunnelStats"),
  }),
  "A port of a workload that a tunnel server publishes",
);

/** What a tunnel is to be, apart from its port. Files are read by whoever asks; the host may run elsewhere. */
const WISHES: Readonly<Record<string, Schema>> = {
  to: { ...text("HOST[:PORT], islet://HOST or islets://HOST"), minLength: 1, maxLength: 300 },
  remotePort: { type: "integer", minimum: 1, maximum: 65_535 },
  secret: { ...text("What client and server share"), maxLength: 65_536 },
  caFile: { ...text("Absolute path of certificates in PEM, where the host runs"), maxLength: 4096 },
  basic: {
    type: "object",
    required: ["username", "password"],
    additionalProperties: false,
    properties: {
      username: { type: "string", minLength: 1, maxLength: 255, pattern: "^[^:]*$" },
      password: { type: "string", maxLength: 1024 },
    },
  },
  link: { type: "boolean", default: false, description: "Whether signed links lead in" },
  from: {
    ...list({ type: "string", maxLength: 64 }, "Addresses and ranges of visitors"),
    minItems: 1,
    maxItems: 256,
  },
  maxConnections: { type: "integer", minimum: 1, maximum: 65_535 },
  bandwidth: { type: "integer", minimum: 1024, description: "Bytes a second" },
  expires: {
    type: "string",
    pattern: "^[0-9]{1,10}(ms|s|m|h)$",
    description: "Such as 1h, at most a century",
  },
};

const PORT: Schema = {
  anyOf: [
    { type: "integer", minimum: 1, maximum: 65_535 },
    { type: "string", minLength: 1, maxLength: 63 },
  ],
  description: "A TCP port of the workload, or the name that its manifest gives it",
};

export const TUNNEL_BODY: Schema = {
  type: "object",
  required: ["port"],
  additionalProperties: false,
  properties: { port: PORT, ...WISHES },
};

/** wasmrun sends none; a host of several workloads needs to know which one is meant. */
export const WASMRUN_BODY: Schema = {
  type: ["object", "null"],
  additionalProperties: false,
  properties: { workload: { ...TEXT, minLength: 1 }, port: PORT, ...WISHES },
};

export const LINK_BODY: Schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    path: {
      ...text("Where it leads, with its query"),
      default: "/",
      pattern: "^/",
      maxLength: 2048,
    },
    expires: { type: "string", default: "24h", pattern: "^[0-9]{1,10}(ms|s|m|h)$" },
  },
};
