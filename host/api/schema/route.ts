import { record, refer, type Schema, TEXT } from "./build.ts";

/** What a route's path names. */
export const ID_PARAMS: Schema = record({
  id: { ...TEXT, minLength: 1, description: "ID, namespace%2Fname, or name" },
});

/** `?follow=true`. */
export const FOLLOW: Schema = {
  type: "boolean",
  default: false,
  description: "Go on with a stream of server-sent events (text/event-stream)",
};

/** Parameters of a query, each of which may be left out. */
export function query(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: "object", properties, additionalProperties: false };
}

/** An answer of JSON. */
export function answer(description: string, schema: Schema): Schema {
  return { description, content: { "application/json": { schema } } };
}

/** An answer of JSON, or with `follow` a stream of events. */
export function followed(description: string, schema: Schema): Schema {
  return {
    description,
    content: {
      "application/json": { schema },
      "text/event-stream": { schema: TEXT },
    },
  };
}

/** An answer of events only. */
export function streamed(description: string): Schema {
  return { description, content: { "text/event-stream": { schema: TEXT } } };
}

/** Answers with problems, by their status. */
export function problems(descriptions: Readonly<Record<string, string>>): Record<string, Schema> {
  const all: Readonly<Record<string, string>> = {
    ...descriptions,
    "4xx": "The request is wrong or not allowed",
    "5xx": "The host cannot answer",
  };
  return Object.fromEntries(
    Object.entries(all).map(([status, description]) => [
      status,
      { description, content: { "application/problem+json": { schema: refer("Problem") } } },
    ]),
  );
}
