import type { ErrorObject } from "ajv";
import type { ManifestErrorCode } from "./error.ts";
import { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import type { ManifestDocument, Value } from "./document.ts";
import type { Location } from "./workload.ts";

/** What a schema error means to an author. */
export interface Sentence {
  readonly code: ManifestErrorCode;
  readonly location: Location;
  readonly message: string;
}

/** Says in words what ajv found in `document`; undefined for errors that only repeat another. */
export function toSentence(document: ManifestDocument, error: ErrorObject): Sentence | undefined {
  const field = Field.at(document, error.instancePath);
  if (error.keyword === "propertyNames") return undefined;
  if (error.propertyName !== undefined) return aboutName(field.at(error.propertyName), error);
  switch (error.keyword) {
    case "additionalProperties":
      return aboutUnknownKey(field.at(String(error.params["additionalProperty"])), error);
    case "required": {
      const missing = field.at(String(error.params["missingProperty"]));
      // What is missing stands nowhere; its parent is where it belongs.
      return about(missing, "missing-key", field.keyLocation, "is missing");
    }
    case "type":
      return aboutType(field, error);
    default:
      return about(field, "bad-value", field.location, toDemand(field, error));
  }
}

function about(
  field: Field,
  code: ManifestErrorCode,
  location: Location,
  predicate: string,
): Sentence {
  return { code, location, message: `${field.path} ${predicate}` };
}

function aboutName(field: Field, error: ErrorObject): Sentence {
  const predicate =
    error.keyword === "maxLength"
      ? `has a name of more than ${error.params["limit"]} characters`
      : toPatternDemand(error);
  return about(field, "bad-value", field.keyLocation, predicate);
}

function aboutUnknownKey(field: Field, error: ErrorObject): Sentence {
  const key = String(error.params["additionalProperty"]);
  const known = Object.keys(toRecord(toRecord(error.parentSchema)["properties"]));
  const hint =
    key === "<<" ? ": YAML 1.2 has no merge keys, an alias can stand for a whole map" : "";
  const predicate = `is unknown${hint}${didYouMean(key, known)}`;
  return about(field, "unknown-key", field.keyLocation, predicate);
}

function aboutType(field: Field, error: ErrorObject): Sentence {
  const types = [error.params["type"]].flat().map(String);
  const wanted = toAlternatives(types.map((type) => TYPES[type] ?? type));
  const found = toFound(field.value);
  // Numbers and truth values need quotes to be text, the one mistake that YAML invites.
  const hint = types.includes("string") && isBare(field.value) ? " (put it in quotes)" : "";
  return about(field, "wrong-type", field.location, `must be ${wanted}, ${found}${hint}`);
}

const TYPES: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function toFound(value: Value | undefined): string {
  if (value === null || value === undefined) return "but it is empty";
  if (typeof value === "string") return "not text";
  if (typeof value === "object") return Array.isArray(value) ? "not a list" : "not a map";
  return `not ${value}`;
}

function isBare(value: Value | undefined): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function toDemand(field: Field, error: ErrorObject): string {
  const limit = String(error.params["limit"]);
  switch (error.keyword) {
    case "enum": {
      const values = [error.params["allowedValues"]].flat().map(String);
      return `must be ${toAlternatives(values)}${toQuoted(field)}`;
    }
    case "const":
      return `must be ${String(error.params["allowedValue"])}${toQuoted(field)}`;
    case "pattern":
      return `${toPatternDemand(error)}${toQuoted(field)}`;
    case "minimum":
      return `must be ${limit} or more${toQuoted(field)}`;
    case "maximum":
      return `must be at most ${limit}${toQuoted(field)}`;
    case "minLength":
      return "must not be empty";
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minItems":
      return "must not be an empty list";
    case "maxItems":
      return `must have at most ${limit} entries, not ${field.items().length}`;
    default:
      return error.message ?? "is not valid";
  }
}

function toPatternDemand(error: ErrorObject): string {
  const words = toRecord(error.parentSchema)["patternErrorMessage"];
  return typeof words === "string" ? words : `must match ${String(error.params["pattern"])}`;
}

const QUOTED_MAX = 60;

/** `, not "5 s"`, unless that would fill the line. */
export function toQuoted(field: Field): string {
  const quoted = JSON.stringify(field.value);
  return quoted.length > QUOTED_MAX ? "" : `, not ${quoted}`;
}

function toAlternatives(words: readonly string[]): string {
  const named = words.filter((word) => word !== "null");
  const last = named.at(-1) ?? "";
  return named.length < 2 ? last : `${named.slice(0, -1).join(", ")} or ${last}`;
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
