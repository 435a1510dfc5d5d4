import { PROXY_USES } from "../../network/publish-options.ts";
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

export const FORWARD_STATS: Schema = named(
  "ForwardStats",
  record({
    open: { ...INTEGER, description: "Connections, or visitors of UDP, at present" },
    total: INTEGER,
    parked: { ...INTEGER, description: "Connections that wait for the workload to listen" },
    refused: { ...INTEGER, description: "Connections that were reset unanswered" },
    dropped: { ...INTEGER, description: "Datagrams that found no room" },
    bytesIn: INTEGER,
    bytesOut: INTEGER,
    lastError: {
      type: ["object", "null"],
      required: ["message", "time"],
      properties: { message: TEXT, time: TIME },
      additionalProperties: false,
    },
  }),
  "What went through a forward",
);

export const FORWARD: Schema = named(
  "Forward",
  record({
    id: TEXT,
    workload: text("namespace/name"),
    label: orNull(TEXT),
    protocol: oneOf(["tcp", "udp"]),
    port: { ...INTEGER, description: "On the workload's own network" },
    publish: text("What was asked for"),
    addresses: list(TEXT, "Where it is: address:port, or unix:PATH"),
    createdAt: TIME,
    expiresAt: orNull(TIME),
    listening: {
      type: "boolean",
      description: "Whether something listens inside; connections wait until then",
    },
    stats: refer("ForwardStats"),
  }),
  "A port of the machine that leads into a workload",
);

export const FORWARD_BODY: Schema = {
  type: "object",
  required: ["port"],
  additionalProperties: false,
  properties: {
    publish: {
      ...text("8080, 127.0.0.1:8080, [::1]:8080, 0.0.0.0:8080, 8080-8090, auto or unix:/PATH"),
      default: "auto",
      maxLength: 4096,
    },
    port: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: 65_535 },
        { type: "string", minLength: 1, maxLength: 63 },
      ],
      description: "A port of the workload, or the name that its manifest gives it",
    },
    protocol: { ...oneOf(["tcp", "udp"]), default: "tcp" },
    label: { ...text("For people"), minLength: 1, maxLength: 128 },
    ttl: {
      type: "string",
      pattern: "^[0-9]{1,10}(ms|s|m|h)$",
      description:
        "How long it stays, such as 1h, at most a century; as long as the workload runs without it",
    },
    proxyProtocol: {
      ...oneOf(PROXY_USES),
      description:
        "PROXY protocol: in reads a proxy's header, out (version 2) and out-v1 tell the service who visits; TCP only",
    },
    maxConnections: {
      type: "integer",
      minimum: 1,
      maximum: 65_535,
      description: "Connections at a time, or visitors of UDP; 8192 without it",
    },
    idleTimeout: {
      type: "string",
      pattern: "^[0-9]{1,10}(ms|s|m|h)$",
      description:
        "How long a connection may be without a byte; for UDP, when a visitor is forgotten",
    },
    allowPrivileged: { type: "boolean", default: false, description: "Permits ports below 1024" },
  },
};
