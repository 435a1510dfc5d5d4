import { list, type Schema, text } from "./build.ts";

export const WAIT: Schema = {
  type: "boolean",
  description: "Whether to wait until each is ready or has failed; true by default",
};

export const GRACE_PERIOD: Schema = {
  type: "string",
  pattern: "^[0-9]{1,10}(ms|s|m|h)$",
  description:
    "What requests and connections in flight may take, such as 10s; the workload's own by default",
};

/** Texts of manifests, or one resource as it would stand in a manifest: those have a `kind`. */
export const APPLY_BODY: Schema = {
  type: "object",
  if: { required: ["kind"] },
  // What is in a resource is checked where manifests are, with places.
  else: {
    required: ["manifests"],
    additionalProperties: false,
    properties: {
      manifests: {
        ...list({
          type: "object",
          required: ["name", "text"],
          additionalProperties: false,
          properties: {
            name: { ...text("Absolute path; images are relative to it"), maxLength: 4096 },
            text: text("YAML or JSON, several documents if need be"),
          },
        }),
        minItems: 1,
        maxItems: 1000,
      },
      wait: WAIT,
    },
  },
};

export const DRAIN_BODY: Schema = {
  type: "object",
  additionalProperties: false,
  properties: { gracePeriod: GRACE_PERIOD },
};

export const EMPTY_BODY: Schema = { type: "object", additionalProperties: false };

export const EXPLAIN_BODY: Schema = {
  type: "object",
  required: ["use", "address"],
  additionalProperties: false,
  properties: {
    use: text("tcp-connect, tcp-bind, udp-send, udp-bind, lookup or http"),
    address: { ...text("host:port, a name for lookup, a URL for http"), maxLength: 2048 },
    guest: text("service, or a component's name; all guests without it"),
  },
};
