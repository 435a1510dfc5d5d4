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

const STATE: Schema = oneOf(["starting", "running", "completed", "stopping", "error"]);

const TEXTS: Schema = { type: "object", additionalProperties: TEXT };

export const REPLICA: Schema = named(
  "Replica",
  record({
    index: INTEGER,
    state: STATE,
    reason: TEXT,
    restarts: { ...INTEGER, description: "Of the service, in this incarnation" },
    requests: { ...INTEGER, description: "That it is answering" },
    cpuTimeMs: { ...orNull({ type: "number" }), description: "CPU time of its thread" },
    heapBytes: { ...orNull(INTEGER), description: "JavaScript heap and buffers of its thread" },
    transitions: list(record({ time: TIME, state: STATE, reason: TEXT }), "The last ten"),
  }),
  "One running copy of a workload",
);

export const GUEST: Schema = named(
  "Guest",
  record({
    kind: oneOf(["service", "component"]),
    name: TEXT,
    image: TEXT,
    environment: list(TEXT, "Names of its variables; their values are secrets"),
    mounts: list(record({ volume: TEXT, path: TEXT, readOnly: { type: "boolean" } })),
    ports: list(
      record({
        name: TEXT,
        port: INTEGER,
        protocol: oneOf(["tcp", "udp"]),
        publish: orNull(text("Where the manifest has the machine offer it")),
      }),
      "What a service says that it listens on",
    ),
    limits: {
      type: "object",
      additionalProperties: { type: "number" },
      description: "By their names in a manifest; bytes, milliseconds and counts",
    },
    egress: oneOf(["enforce", "count"]),
    allowedHosts: { ...orNull(list(TEXT)), description: "Null where the manifest has no list" },
    allowedIpNameLookups: list(TEXT),
    allowedHostLoopbackPorts: list(TEXT),
  }),
  "A component that a workload runs",
);

export const WORKLOAD: Schema = named(
  "Workload",
  record({
    id: { type: "string", format: "uuid" },
    namespace: TEXT,
    name: TEXT,
    state: { ...STATE, description: "The worst of its replicas" },
    reason: text("Why it is in that state"),
    generation: { ...INTEGER, description: "One more for each version that replaced another" },
    createdAt: TIME,
    labels: TEXTS,
    annotations: TEXTS,
    hosts: list(TEXT, "Host names that lead to it"),
    route: {
      ...orNull(
        record({
          hosts: list(TEXT),
          path: text("Only paths that are this or lie below it"),
          port: orNull({
            ...INTEGER,
            description: "Of the service; null where a component answers",
          }),
        }),
      ),
      description: "What leads to it through the host's HTTP ingress",
    },
    declaredAt: text("file:line:column"),
    volumes: list(
      record({
        name: TEXT,
        kind: oneOf(["ephemeral", "host-path"]),
        sizeLimit: orNull({ ...INTEGER, description: "Bytes" }),
        path: orNull(text("On the host's machine")),
      }),
    ),
    guests: list(refer("Guest")),
    replicas: list(refer("Replica")),
  }),
  "A workload, its state and what it is made of",
);

export const APPLIED: Schema = named(
  "Applied",
  record({
    applied: list(
      record({
        outcome: oneOf(
          ["created", "replaced", "unchanged", "kept", "failed"],
          "kept: the new version did not get ready and the old one goes on; failed: a new workload did not get ready",
        ),
        reason: orNull(TEXT),
        workload: refer("Workload"),
      }),
    ),
    notices: list(record({ file: TEXT, line: INTEGER, column: INTEGER, detail: TEXT })),
  }),
  "What became of manifests",
);
